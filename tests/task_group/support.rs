//! What the tests share.

use std::num::ParseIntError;

use taskgroup::{Cancelled, Panicked};

/// The error of the functions here.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Error {
    /// A child's own.
    Failed(&'static str),
    /// Converted.
    Parse,
    /// Converted.
    Cancelled,
    /// Converted, with the message.
    Panicked(String),
}

impl From<ParseIntError> for Error {
    fn from(_: ParseIntError) -> Self {
        Self::Parse
    }
}

impl From<Cancelled> for Error {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<Panicked> for Error {
    fn from(panicked: Panicked) -> Self {
        Self::Panicked(panicked.message().to_owned())
    }
}

/// An error of a child's own.
pub(crate) const FAILED: Error = Error::Failed("own");

/// Never ends; `guard` lives as long as it does.
pub(crate) async fn endless<G>(guard: G) -> Result<u64, Error> {
    taskgroup_tests::forever(guard).await
}
