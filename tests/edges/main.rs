//! The rules at the edges of a group: which child listens, what encloses a group, and what a critical section holds.

#![allow(clippy::unwrap_used, reason = "tests")]

mod enclosing;
mod forced_end;
mod listening;
mod sections;
