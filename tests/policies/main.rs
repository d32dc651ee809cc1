//! The policies that hand out what their children do, and the errors of all of them.

mod conversions;
mod each;
mod errors;
mod first;
mod states;
mod supervise;
mod unfinished;
