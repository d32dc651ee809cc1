//! How a child or a group can end other than well.

use std::{
    any::Any,
    error::Error,
    fmt, io,
    sync::{Mutex, PoisonError},
};

use crate::name::Name;

pub(crate) type Payload = Box<dyn Any + Send>;

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

/// How one child of a group with `.settle()` ended.
#[derive(Debug)]
pub enum Settled<T, E> {
    /// It returned `Ok`.
    Done(T),
    /// It returned `Err`.
    Failed(E),
    /// It panicked.
    Panicked(Panicked),
    /// It was cancelled before it was done.
    Cancelled {
        /// Why.
        cause: Cause,
        /// The `Err` that it answered the cancellation with, if it did.
        late: Option<E>,
    },
    /// It was still waiting for room when the group was cancelled.
    NeverStarted,
}

impl<T, E> Settled<T, E> {
    /// The value, if the child is done.
    pub fn ok(self) -> Option<T> {
        match self {
            Self::Done(value) => Some(value),
            _ => None,
        }
    }

    /// A reference to the value, if the child is done.
    pub fn as_done(&self) -> Option<&T> {
        match self {
            Self::Done(value) => Some(value),
            _ => None,
        }
    }

    /// The error of a child that failed by itself. A `late` error of a cancelled child is not a failure.
    pub fn err(self) -> Option<E> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// Did the child return `Ok`?
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// Did the child return `Err` by itself?
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    /// Did the child panic?
    pub fn is_panicked(&self) -> bool {
        matches!(self, Self::Panicked(_))
    }

    /// Was the child stopped before it was done?
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled { .. })
    }

    /// Was the child still waiting for room at the end?
    pub fn is_never_started(&self) -> bool {
        matches!(self, Self::NeverStarted)
    }

    /// The value, or how the child ended instead; `None` for one that never started.
    ///
    /// # Errors
    /// [`Stopped`] with the error, the panic or the cancellation. A cancelled child's `late` error is its
    /// [`Stopped::Failed`], so that it is not lost.
    pub fn into_result(self) -> Result<T, Option<Stopped<E>>> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Failed(error) | Self::Cancelled { late: Some(error), .. } => Err(Some(Stopped::Failed(error))),
            Self::Panicked(panicked) => Err(Some(Stopped::Panicked(panicked))),
            Self::Cancelled { cause, late: None } => Err(Some(Stopped::Cancelled(Cancelled::new(cause)))),
            Self::NeverStarted => Err(None),
        }
    }
}

/// How many children ended in which way: see [`Settled::tally`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// Returned `Ok`.
    pub done: usize,
    /// Returned `Err` by themselves.
    pub failed: usize,
    /// Panicked.
    pub panicked: usize,
    /// Were cancelled first.
    pub cancelled: usize,
    /// Were still waiting for room.
    pub never_started: usize,
}

impl<T, E> Settled<T, E> {
    /// Counts how the children of a `for` arm ended.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use taskgroup::{Settled, group};
    ///
    /// let pages = group!(pages = for n in 0..5 { async move { if n == 3 { Err("no") } else { Ok(n) } } }).settle().await;
    /// let tally = Settled::tally(&pages);
    /// assert_eq!((tally.done, tally.failed), (4, 1));
    /// # });
    /// ```
    pub fn tally<'a>(children: impl IntoIterator<Item = &'a Self>) -> Tally
    where
        T: 'a,
        E: 'a,
    {
        let mut tally = Tally::default();
        for child in children {
            match child {
                Self::Done(_) => tally.done += 1,
                Self::Failed(_) => tally.failed += 1,
                Self::Panicked(_) => tally.panicked += 1,
                Self::Cancelled { .. } => tally.cancelled += 1,
                Self::NeverStarted => tally.never_started += 1,
            }
        }
        tally
    }
}

/// One failure of a group that lets every child run to its end.
#[derive(Debug)]
pub enum Failure<E> {
    /// The child returned `Err`.
    Failed(E),
    /// The child panicked.
    Panicked(Panicked),
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Panicked(panicked) => write!(f, "panicked: {}", panicked.message()),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> Error for Failure<E> {}

/// Every failure of a group with `.collect_errors()` or `.race()`, each with the name of its child.
///
/// Iterating gives `(Name, Failure<E>)`, in the order in which the children were written. It is also what such a group
/// returns when a value is missing without anybody's failure; [`cancelled`](Self::cancelled) then says why.
pub struct Failures<E> {
    failures: Vec<(Name, Failure<E>)>,
    cancelled: Option<Cancelled>,
}

impl<E> Failures<E> {
    pub(crate) fn new(failures: Vec<(Name, Failure<E>)>, cancelled: Option<Cancelled>) -> Self {
        Self { failures, cancelled }
    }

    /// Set if the group was cancelled, by an option or from around, before it had everything.
    pub fn cancelled(&self) -> Option<&Cancelled> {
        self.cancelled.as_ref()
    }

    /// The failures, without taking them.
    pub fn iter(&self) -> std::slice::Iter<'_, (Name, Failure<E>)> {
        self.failures.iter()
    }

    /// How many children failed.
    pub fn len(&self) -> usize {
        self.failures.len()
    }

    /// Did nobody fail? Then the group was cancelled, or a race had nobody to win it.
    pub fn is_empty(&self) -> bool {
        self.failures.is_empty()
    }
}

impl<E> IntoIterator for Failures<E> {
    type Item = (Name, Failure<E>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.failures.into_iter()
    }
}

impl<'a, E> IntoIterator for &'a Failures<E> {
    type Item = &'a (Name, Failure<E>);
    type IntoIter = std::slice::Iter<'a, (Name, Failure<E>)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<E: fmt::Debug> fmt::Debug for Failures<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failures").field("failures", &self.failures).field("cancelled", &self.cancelled).finish()
    }
}

impl<E: fmt::Display> fmt::Display for Failures<E> {
    /// One line for every failure, and one for the cancellation, if there was one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = 0;
        let mut line = |f: &mut fmt::Formatter<'_>| {
            lines += 1;
            if lines > 1 { f.write_str("\n") } else { Ok(()) }
        };
        for (child, failure) in &self.failures {
            line(f)?;
            write!(f, "`{child}`: {failure}")?;
        }
        if let Some(cancelled) = &self.cancelled {
            line(f)?;
            write!(f, "{cancelled}")?;
        }
        if lines == 0 {
            f.write_str("there was no child that could succeed")?;
        }
        Ok(())
    }
}

impl<E: fmt::Debug + fmt::Display + 'static> Error for Failures<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self.failures.first() {
            Some((_, failure)) => Some(failure),
            None => self.cancelled.as_ref().map(|cancelled| cancelled as _),
        }
    }
}
