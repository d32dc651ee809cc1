//! How the children of a group with `.settle()` ended.

use crate::{
    error::{
        cause::{Cancelled, Cause},
        chain::Chain,
        panicked::Panicked,
        stopped::Stopped,
    },
    name::Name,
};

/// How one child of a group with `.settle()` ended.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// # use std::{future::pending, time::Duration};
/// use taskgroup::{Settled, group};
///
/// let (fine, failed, panicked, late, queued) = group!(
///     async { Ok(1) },
///     async { Err::<u8, _>("no") },
///     async { if true { panic!("a bug") } else { Ok(3) } },
///     pending::<Result<u8, &str>>(),
///     pending::<Result<u8, &str>>(),
/// )
/// .settle()
/// .limit(1)
/// .timeout(Duration::from_secs(1))
/// .await;
/// assert!(fine.is_done() && failed.is_failed() && panicked.is_panicked());
/// assert!(late.is_cancelled() && queued.is_never_started());
/// assert_eq!((fine.as_done(), failed.err()), (Some(&1), Some("no")));
/// assert_eq!((fine.ok(), late.ok()), (Some(1), None));
/// assert!(matches!(queued.into_result(), Err(None)));
/// # });
/// ```
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
        /// The cause of the cancellation.
        cause: Cause,
        /// The `Err` that it returned after the cancellation, if it did.
        late: Option<E>,
    },
    /// It was still waiting for room when the group was cancelled.
    NeverStarted,
}

impl<T, E> Settled<T, E> {
    /// Returns the value, if the child is done.
    ///
    /// ```
    /// use taskgroup::Settled;
    ///
    /// assert_eq!(Settled::Done::<_, ()>(1).ok(), Some(1));
    /// assert_eq!(Settled::<u8, ()>::NeverStarted.ok(), None);
    /// ```
    pub fn ok(self) -> Option<T> {
        match self {
            Self::Done(value) => Some(value),
            _ => None,
        }
    }

    /// Returns a reference to the value, if the child is done.
    ///
    /// ```
    /// use taskgroup::Settled;
    ///
    /// assert_eq!(Settled::Done::<_, ()>(1).as_done(), Some(&1));
    /// ```
    pub fn as_done(&self) -> Option<&T> {
        match self {
            Self::Done(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the error of a child that failed by itself. A `late` error of a cancelled child is not a failure.
    ///
    /// ```
    /// use taskgroup::Settled;
    ///
    /// assert_eq!(Settled::Failed::<u8, _>("no").err(), Some("no"));
    /// assert_eq!(Settled::Done::<_, &str>(1).err(), None);
    /// ```
    pub fn err(self) -> Option<E> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// Returns `true` if the child returned `Ok`.
    ///
    /// ```
    /// use taskgroup::Settled;
    ///
    /// assert!(Settled::Done::<_, ()>(1).is_done());
    /// ```
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// Returns `true` if the child returned `Err` by itself.
    ///
    /// ```
    /// use taskgroup::Settled;
    ///
    /// assert!(Settled::Failed::<u8, _>("no").is_failed());
    /// ```
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    /// Returns `true` if the child panicked.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let child = taskgroup::group!(async { if true { panic!("a bug") } else { Ok::<_, ()>(1) } }).settle().await;
    /// assert!(child.is_panicked());
    /// # });
    /// ```
    pub fn is_panicked(&self) -> bool {
        matches!(self, Self::Panicked(_))
    }

    /// Returns `true` if the child was stopped before it was done.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// # use std::{future::pending, time::Duration};
    /// let child = taskgroup::group!(pending::<Result<u8, ()>>()).settle().timeout(Duration::from_secs(1)).await;
    /// assert!(child.is_cancelled());
    /// # });
    /// ```
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled { .. })
    }

    /// Returns `true` if the child was still waiting for room at the end.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// # use std::{future::pending, time::Duration};
    /// let slow = pending::<Result<u8, ()>>;
    /// let (_, queued) = taskgroup::group!(slow(), slow()).settle().limit(1).timeout(Duration::from_secs(1)).await;
    /// assert!(queued.is_never_started());
    /// # });
    /// ```
    pub fn is_never_started(&self) -> bool {
        matches!(self, Self::NeverStarted)
    }

    /// Returns the value, or how the child ended instead; `Err(None)` for one that never started.
    ///
    /// # Errors
    /// [`Stopped`] with the error, the panic or the cancellation. A cancelled child's `late` error is its
    /// [`Stopped::Failed`], so that it is not lost. A slot does not know which child it belongs to: the name in there is
    /// `child`.
    ///
    /// ```
    /// use taskgroup::Settled;
    ///
    /// assert_eq!(Settled::Done::<_, &str>(1).into_result().unwrap(), 1);
    /// let stopped = Settled::Failed::<u8, _>("no").into_result().unwrap_err().unwrap();
    /// assert_eq!(stopped.to_string(), "no");
    /// ```
    pub fn into_result(self) -> Result<T, Option<Stopped<E>>> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Failed(error) | Self::Cancelled { late: Some(error), .. } => {
                Err(Some(Stopped::failed(Name::literal("child"), error, Chain::UNKNOWN)))
            }
            Self::Panicked(panicked) => Err(Some(Stopped::Panicked(panicked))),
            Self::Cancelled { cause, late: None } => Err(Some(Stopped::Cancelled(Cancelled::new(cause)))),
            Self::NeverStarted => Err(None),
        }
    }
}

/// The number of children that ended in each way: see [`Settled::tally`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// The number of children that returned `Ok`.
    pub done: usize,
    /// The number of children that returned `Err` by themselves.
    pub failed: usize,
    /// The number of children that panicked.
    pub panicked: usize,
    /// The number of children that were cancelled first.
    pub cancelled: usize,
    /// The number of children that were still waiting for room.
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
