//! How a child or a group can end other than well.

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
