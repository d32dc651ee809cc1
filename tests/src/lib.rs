//! The tests of `taskgroup`.
