//! The error of `.outcome()`.

use std::{error::Error, fmt};

use crate::{
    error::{cause::Cancelled, chain::Chain, panicked::Panicked},
    name::Name,
};

/// Every way in which a group with `.outcome()` can end without its values.
///
/// It reads as the child's own error does, with `{:#}` too, and [`source`](Error::source) returns the sources of that error
/// if its type was known at the `group!`. In code that is generic over `E` it returns none; there, convert with
/// [`into_error`](Self::into_error).
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use taskgroup::{Stopped, group};
///
/// match group!(user = async { Ok(1) }, posts = async { Err::<u8, _>("no posts") }).outcome().await {
///     Ok((user, posts)) => println!("{user} {posts}"),
///     Err(Stopped::Failed { child, error, .. }) => assert_eq!(format!("{child}: {error}"), "posts: no posts"),
///     Err(Stopped::Cancelled(why)) => println!("{why}"),
///     Err(Stopped::Panicked(panicked)) => println!("{panicked}"),
/// }
/// # });
/// ```
pub enum Stopped<E> {
    /// A child failed first.
    #[non_exhaustive]
    Failed {
        /// The child.
        child: Name,
        /// Its error.
        error: E,
        #[doc(hidden)]
        chain: Chain<E>,
    },
    /// The group was cancelled, by an option or by an enclosing group, and not every child returned its value.
    Cancelled(Cancelled),
    /// A child panicked.
    Panicked(Panicked),
}

impl<E> Stopped<E> {
    pub(crate) fn failed(child: Name, error: E, chain: Chain<E>) -> Self {
        Self::Failed { child, error, chain }
    }

    /// Returns the name of the child that failed or panicked; `None` after a cancellation.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use taskgroup::group;
    /// let stopped = group!(posts = async { Err::<(), _>("gone") }).outcome().await.unwrap_err();
    /// assert_eq!(stopped.child().unwrap(), "posts");
    /// # });
    /// ```
    pub fn child(&self) -> Option<&Name> {
        match self {
            Self::Failed { child, .. } => Some(child),
            Self::Cancelled(_) => None,
            Self::Panicked(panicked) => Some(panicked.child()),
        }
    }

    /// Converts to the children's own error type, as a group without `.outcome()` would have: the child's error as it is,
    /// with all its sources, and a cancellation or a panic by `From`.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use std::io;
    ///
    /// let broken = async { Err::<(), _>(io::Error::from(io::ErrorKind::BrokenPipe)) };
    /// let stopped = taskgroup::group!(broken).outcome().await.unwrap_err();
    /// let error: io::Error = stopped.into_error();
    /// assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    /// # });
    /// ```
    pub fn into_error(self) -> E
    where
        E: From<Cancelled> + From<Panicked>,
    {
        match self {
            Self::Failed { error, .. } => error,
            Self::Cancelled(cancelled) => E::from(cancelled),
            Self::Panicked(panicked) => E::from(panicked),
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for Stopped<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { child, error, .. } => {
                f.debug_struct("Failed").field("child", child).field("error", error).finish()
            }
            Self::Cancelled(cancelled) => f.debug_tuple("Cancelled").field(cancelled).finish(),
            Self::Panicked(panicked) => f.debug_tuple("Panicked").field(panicked).finish(),
        }
    }
}

impl<E: fmt::Display> fmt::Display for Stopped<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { error, .. } => error.fmt(f),
            Self::Cancelled(cancelled) => cancelled.fmt(f),
            Self::Panicked(panicked) => panicked.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> Error for Stopped<E> {
    // The text is that of the child's error, so the source is what comes after it.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed { error, chain, .. } => chain.source(error),
            Self::Cancelled(_) | Self::Panicked(_) => None,
        }
    }
}
