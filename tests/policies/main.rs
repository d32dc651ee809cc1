//! The policies that hand out what their children do, and the errors of all of them.

mod errors;
mod unfinished;
