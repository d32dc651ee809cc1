//! The cause of a cancellation, and the error that carries it.

use std::{error::Error, fmt, io, sync::Arc};

use crate::{error::unfinished::Unfinished, name::Name};

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

/// A group was cancelled: the one that returns this, or the one that encloses the code that asked.
///
/// It is an error, so that a loop can use `taskgroup::checkpoint()?`, but it is not a failure: a child that was stopped
/// by its owner never stops its siblings.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// use std::{future::pending, time::Duration};
/// use taskgroup::{Stopped, group};
///
/// let late = group!(user = async { Ok(1) }, posts = pending::<Result<u8, &str>>())
///     .name("report")
///     .outcome()
///     .timeout(Duration::from_secs(2))
///     .await;
/// let Err(Stopped::Cancelled(why)) = late else { panic!() };
/// assert_eq!(why.to_string(), "cancelled: `report` timed out; unfinished: `posts`");
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancelled {
    cause: Cause,
    // Shared, so that a clone stays cheap.
    unfinished: Option<Arc<Unfinished>>,
}

impl Cancelled {
    pub(crate) fn new(cause: Cause) -> Self {
        Self { cause, unfinished: None }
    }

    /// The cancellation as a group returns it.
    pub(crate) fn of_group(cause: Cause, unfinished: Option<Arc<Unfinished>>) -> Self {
        Self { cause, unfinished }
    }

    /// Returns the cause.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use taskgroup::{Cancelled, Cause, group};
    /// let call = group!(call = std::future::pending::<Result<(), Cancelled>>()).cancel_on(std::future::ready(()));
    /// let cancelled = call.name("client").await.unwrap_err();
    /// assert_eq!(cancelled.cause(), &Cause::Requested { group: "client".into() });
    /// assert_eq!(cancelled.unfinished().count(), 1);
    /// # });
    /// ```
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// Returns the children that had not ended when the cancellation began, if a group returned this.
    ///
    /// What a child gets when it asks for its cancellation has none.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// # use std::{future::pending, time::Duration};
    /// use taskgroup::{Cancelled, group};
    ///
    /// let posts = pending::<Result<(), Cancelled>>;
    /// let cancelled = group!(posts = posts()).timeout(Duration::from_secs(1)).await.unwrap_err();
    /// assert_eq!(cancelled.unfinished().to_string(), "`posts`");
    /// # });
    /// ```
    pub fn unfinished(&self) -> &Unfinished {
        static NONE: Unfinished = Unfinished::NONE;
        self.unfinished.as_deref().unwrap_or(&NONE)
    }
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cancelled: {}", self.cause)?;
        match self.unfinished() {
            unfinished if unfinished.count() == 0 => Ok(()),
            unfinished => write!(f, "; unfinished: {unfinished}"),
        }
    }
}

impl Error for Cancelled {}

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
