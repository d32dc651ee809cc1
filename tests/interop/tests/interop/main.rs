//! What users combine the crate with, one module for each kind of library. A trial that does not work is here too, where it
//! can be written down, with the reason.

mod attributes;
mod combinators;
mod errors;
mod executors;
mod streams;
mod threads;
mod web;
