//! Runs every policy and every kind of child, and functions with every kind of statement, alone and nested, on both runtimes, and interferes at every poll: the group is
//! dropped, a child fails, a child panics in its body or in its destructor, the group is cancelled, drained or out of time,
//! or the enclosing group is cancelled. Each time, everything is dropped when the group reports that it is over, the
//! outcome matches what the children did, and nothing is alive or adopted afterwards.
//!
//! The first part uses [`taskgroup::testing::Explorer`], which falls between any two polls of any task, in virtual time. The
//! second drives the groups by hand, on both runtimes.

#![allow(clippy::unwrap_used, reason = "tests")]

mod by_hand;
mod explored;
mod found;
mod functions;
mod kinds;
mod verdict;
mod world;

use std::io::Write;

/// Past what the harness captures: the numbers are part of what is shown.
fn tell(what: &str, cases: usize, since: std::time::Instant) {
    let _ = writeln!(std::io::stderr(), "injection: {what}: {cases} cases in {:.1?}", since.elapsed());
}
