//! The cause of a cancellation, and the error that carries it.

use std::{fmt, io};

use crate::name::Name;

/// Why a group was cancelled. The first cause is final: whatever happens later does not replace it.
///
/// Go's `context.Cause` answers the same question, but there the caller has to remember to set it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// A child returned `Err`.
    Failed {
        /// The child.
        child: Name,
    },
    /// A child panicked.
    Panicked {
        /// The child.
        child: Name,
    },
    /// A deadline of the group passed.
    TimedOut {
        /// The group that had the deadline.
        group: Name,
    },
    /// The future given to `.cancel_on(…)` resolved, or `Child::cancel` was called.
    Requested {
        /// The group, or the child that was cancelled by its owner.
        group: Name,
    },
    /// The group had finished: its daemons, or the losers of a race, were cancelled.
    Finished {
        /// The group.
        group: Name,
    },
    /// The future of the group was dropped.
    Dropped {
        /// The group.
        group: Name,
    },
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { child } => write!(f, "`{child}` failed"),
            Self::Panicked { child } => write!(f, "`{child}` panicked"),
            Self::TimedOut { group } => write!(f, "`{group}` timed out"),
            Self::Requested { group } => write!(f, "`{group}` was asked to stop"),
            Self::Finished { group } => write!(f, "`{group}` had finished"),
            Self::Dropped { group } => write!(f, "`{group}` was dropped"),
        }
    }
}

/// The enclosing group was cancelled.
///
/// It is an error, so that a loop can use `taskgroup::checkpoint()?`, but it is not a failure: a child that was stopped
/// by its owner never stops its siblings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cancelled: {cause}")]
pub struct Cancelled {
    cause: Cause,
}

impl Cancelled {
    pub(crate) fn new(cause: Cause) -> Self {
        Self { cause }
    }

    /// Returns the cause.
    pub fn cause(&self) -> &Cause {
        &self.cause
    }
}

impl From<Cancelled> for io::Error {
    /// [`io::ErrorKind::TimedOut`] for a deadline, else [`io::ErrorKind::Other`]: never `Interrupted`, which the
    /// readers and writers of `std` take as a request to try again.
    fn from(cancelled: Cancelled) -> Self {
        let kind = match cancelled.cause {
            Cause::TimedOut { .. } => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, cancelled)
    }
}
