//! The errors: how a child or a group can end without its value.

mod cause;
mod failures;
mod panicked;
mod settled;
mod stopped;

pub use self::{
    cause::{Cancelled, Cause},
    failures::{Failure, Failures},
    panicked::Panicked,
    settled::{Settled, Tally},
    stopped::Stopped,
};
