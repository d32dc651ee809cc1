//! The tests of `taskgroup`.

pub mod app;
