//! The policies that hand out what their children do, and the errors of all of them.

#![allow(clippy::unwrap_used, reason = "tests")]

mod conversions;
mod each;
mod errors;
mod first;
mod states;
mod supervise;
mod unfinished;
