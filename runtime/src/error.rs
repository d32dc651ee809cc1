//! How a child or a group can end other than well.

mod failures;
mod settled;

use std::{
    any::Any,
    error::Error,
    fmt, io,
    sync::{Mutex, PoisonError},
};

pub use self::{
    failures::{Failure, Failures},
    settled::{Settled, Tally},
};
use crate::{name::Name, unwind::Payload};

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
    /// The group had what it wanted: its daemons, or the losers of a race, were told to stop.
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

/// The group around was cancelled.
///
/// It is an error, so that a loop can say `taskgroup::checkpoint()?`, but it is not a failure: a child that was stopped
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

    /// Why.
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

/// A child panicked.
pub struct Panicked(Box<Panic>);

struct Panic {
    child: Name,
    // A payload is `Send` only; behind a lock, the error is `Sync` too.
    payload: Mutex<Payload>,
    message: Box<str>,
}

impl Panicked {
    pub(crate) fn new(child: Name, payload: Payload) -> Self {
        let message = Self::text(&*payload).into();
        Self(Box::new(Panic { child, payload: Mutex::new(payload), message }))
    }

    /// What a payload says.
    pub(crate) fn text(payload: &(dyn Any + Send)) -> &str {
        match (payload.downcast_ref::<&'static str>(), payload.downcast_ref::<String>()) {
            (Some(text), _) => text,
            (None, Some(text)) => text,
            (None, None) => "a panic whose payload is not text",
        }
    }

    /// The child that panicked.
    pub fn child(&self) -> &Name {
        &self.0.child
    }

    /// The text of the panic, or a sentence that says that it has none.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What the panic carried, for [`std::panic::resume_unwind`].
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        self.0.payload.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panicked").field("child", self.child()).field("message", &self.message()).finish()
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` panicked: {}", self.child(), self.message())
    }
}

impl Error for Panicked {}

impl From<Panicked> for io::Error {
    fn from(panicked: Panicked) -> Self {
        Self::other(panicked)
    }
}

/// Every way in which a group with `.outcome()` can end other than well.
#[derive(Debug)]
pub enum Stopped<E> {
    /// A child failed first.
    Failed(E),
    /// The group was cancelled, by an option or from around, and not every child had its value.
    Cancelled(Cancelled),
    /// A child panicked.
    Panicked(Panicked),
}

impl<E: fmt::Display> fmt::Display for Stopped<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Cancelled(cancelled) => cancelled.fmt(f),
            Self::Panicked(panicked) => panicked.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> Error for Stopped<E> {}
