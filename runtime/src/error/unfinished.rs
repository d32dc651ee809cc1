//! The children that a cancelled group was waiting for.

use std::fmt;

use crate::name::{LazyName, Name};

/// The children that had not ended when their group was cancelled: see [`Cancelled::unfinished`](crate::Cancelled::unfinished).
///
/// It displays as `` `posts`, `pages[3]` and 14 more ``, and as nothing if there are none.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// # use std::{future::pending, time::Duration};
/// use taskgroup::{Cancelled, Cause, group};
///
/// let late = group!(posts = pending::<Result<(), Cancelled>>(), pages = for _ in 0..20 { pending::<Result<(), Cancelled>>() });
/// let cancelled = late.timeout(Duration::from_secs(1)).await.unwrap_err();
/// assert!(matches!(cancelled.cause(), Cause::TimedOut { .. }));
/// let unfinished = cancelled.unfinished();
/// assert_eq!((&*unfinished.names()[0], unfinished.count()), ("posts", 21));
/// # });
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unfinished {
    names: Vec<Name>,
    count: usize,
}

impl Unfinished {
    /// How many names are kept: a group may have a million children, and a log line is read by people.
    pub(crate) const MOST: usize = 8;

    pub(crate) const NONE: Self = Self { names: Vec::new(), count: 0 };

    /// Adds `count` children, of which `names` has the first ones at least.
    pub(crate) fn add(&mut self, count: usize, names: impl Iterator<Item = LazyName>) {
        self.count += count;
        let room = Self::MOST - self.names.len();
        self.names.extend(names.take(room).map(LazyName::name));
    }

    /// Returns the names of the first 8 of them.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// # use std::{future::pending, time::Duration};
    /// use taskgroup::{Cancelled, group};
    ///
    /// let posts = pending::<Result<(), Cancelled>>;
    /// let cancelled = group!(posts = posts()).timeout(Duration::from_secs(1)).await.unwrap_err();
    /// assert_eq!(cancelled.unfinished().names(), ["posts"]);
    /// # });
    /// ```
    pub fn names(&self) -> &[Name] {
        &self.names
    }

    /// Returns how many there were.
    ///
    /// It counts the ordinary children that had begun, and those written out that were still waiting for room; no daemons, no
    /// body of a function, and no items that had not been taken from their source.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// # use std::{future::pending, time::Duration};
    /// use taskgroup::{Cancelled, group};
    ///
    /// let posts = pending::<Result<(), Cancelled>>;
    /// let cancelled = group!(posts = posts()).timeout(Duration::from_secs(1)).await.unwrap_err();
    /// assert_eq!(cancelled.unfinished().count(), 1);
    /// # });
    /// ```
    pub fn count(&self) -> usize {
        self.count
    }
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.names.iter().enumerate() {
            write!(f, "{}`{name}`", if at > 0 { ", " } else { "" })?;
        }
        match self.count - self.names.len() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
