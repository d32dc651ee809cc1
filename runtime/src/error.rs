//! The errors: how a child or a group can end without its value.

mod cause;
mod chain;
mod failures;
mod panicked;
mod settled;
mod stopped;
mod unfinished;

pub use self::{
    cause::{Cancelled, Cause},
    chain::{Behind, Chain, Itself},
    failures::{Failure, Failures},
    panicked::Panicked,
    settled::{Settled, Tally},
    stopped::Stopped,
    unfinished::Unfinished,
};
