//! Why something was not accepted.

use std::{error::Error, fmt};

/// The reason why a [`Spawner`](super::Spawner) did not accept a future, with the future.
///
/// `Debug`, `Display` and [`Error`] need nothing of `F`.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use taskgroup::spawner::{self, Refused};
///
/// let (spawner, jobs) = spawner::bounded::<std::io::Error>(1);
/// spawner.try_spawn(async { Ok(()) }).unwrap();
/// assert!(matches!(spawner.try_spawn(async { Ok(()) }), Err(Refused::Full(_))));
/// drop(jobs);
/// let refused = spawner.try_spawn(async { Ok(()) }).unwrap_err();
/// assert_eq!(refused.to_string(), "the spawner is closed");
/// refused.into_inner().await.unwrap(); // it was not accepted, so it is run here
/// # });
/// ```
pub enum Refused<F> {
    /// There is no room: as many jobs as the spawner holds have been accepted and have not begun.
    Full(F),
    /// The group drains, is cancelled or has ended, or its [`Jobs`](super::Jobs) are gone.
    Closed(F),
}

impl<F> Refused<F> {
    /// Returns the future.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (spawner, jobs) = taskgroup::spawner::bounded::<std::io::Error>(1);
    /// drop(jobs);
    /// let refused = spawner.try_spawn(async { Ok(()) }).unwrap_err();
    /// refused.into_inner().await.unwrap(); // run here instead
    /// # });
    /// ```
    pub fn into_inner(self) -> F {
        match self {
            Self::Full(future) | Self::Closed(future) => future,
        }
    }
}

impl<F> fmt::Debug for Refused<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<F> fmt::Display for Refused<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the spawner has no room for another job now",
            Self::Closed(_) => "the spawner is closed",
        })
    }
}

impl<F> Error for Refused<F> {}
