//! Every failure of a group, each with its child.

use std::{error::Error, fmt};

use crate::{
    error::{cause::Cancelled, chain::Chain, panicked::Panicked},
    name::Name,
};

/// One failure of a group that lets every child run to its end.
///
/// It reads as the child's own error does, with `{:#}` too. It has no place to note the sources of that error, so
/// [`source`](Error::source) returns none: [`into_error`](Self::into_error) returns the error itself, which has them.
#[derive(Debug)]
pub enum Failure<E> {
    /// The child returned `Err`.
    Failed(E),
    /// The child panicked.
    Panicked(Panicked),
}

impl<E> Failure<E> {
    /// Converts to the children's own error type: the child's error as it is, with all its sources, and a panic by `From`.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use std::io;
    /// use taskgroup::group;
    ///
    /// let gone = async { Err::<(), _>(io::Error::from(io::ErrorKind::NotFound)) };
    /// let failures = group!(gone).collect_errors().await.unwrap_err();
    /// for (child, failure) in failures {
    ///     assert_eq!(failure.into_error().kind(), io::ErrorKind::NotFound, "{child}");
    /// }
    /// # });
    /// ```
    pub fn into_error(self) -> E
    where
        E: From<Panicked>,
    {
        match self {
            Self::Failed(error) => error,
            Self::Panicked(panicked) => E::from(panicked),
        }
    }
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
/// Iterating yields `(Name, Failure<E>)`, in the order in which the children were written. It is also what such a group
/// returns when a value is missing although no child failed; [`cancelled`](Self::cancelled) then returns the cause.
///
/// It reads as one line for each failure. [`source`](Error::source) returns the sources of the error in the last line, if the
/// type was known at the `group!`; those of the others are part of their lines, and so are all of them under `{:#}`. A
/// report that prints the sources after the text thus has everything once, and each source at its own failure.
pub struct Failures<E> {
    failures: Vec<(Name, Failure<E>)>,
    cancelled: Option<Cancelled>,
    chain: Chain<E>,
}

impl<E> Failures<E> {
    pub(crate) fn new(failures: Vec<(Name, Failure<E>)>, cancelled: Option<Cancelled>, chain: Chain<E>) -> Self {
        Self { failures, cancelled, chain }
    }

    /// Returns the error whose text is at the end, so that its sources may follow.
    fn last(&self) -> Option<&E> {
        match (self.failures.last(), &self.cancelled) {
            (Some((_, Failure::Failed(error))), None) => Some(error),
            _ => None,
        }
    }

    /// Returns the cancellation if the group was cancelled, by an option or by an enclosing group, before it had all values.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// # use std::{future::pending, time::Duration};
    /// use taskgroup::group;
    ///
    /// let slow = pending::<Result<u8, &str>>;
    /// let failures = group!(slow()).collect_errors().timeout(Duration::from_secs(1)).await.unwrap_err();
    /// assert!(failures.is_empty() && failures.cancelled().is_some());
    /// # });
    /// ```
    pub fn cancelled(&self) -> Option<&Cancelled> {
        self.cancelled.as_ref()
    }

    /// Iterates over the failures by reference.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use taskgroup::group;
    /// let even = async |n: u32| if n % 2 == 0 { Ok(n) } else { Err("odd") };
    /// let failures = group!(numbers = for n in 0..4 { even(n) }).collect_errors().await.unwrap_err();
    /// assert!(failures.len() == 2 && !failures.is_empty() && failures.cancelled().is_none());
    /// let names: Vec<&str> = failures.iter().map(|(child, _)| &**child).collect();
    /// assert_eq!(names, ["numbers[1]", "numbers[3]"]);
    /// # });
    /// ```
    pub fn iter(&self) -> std::slice::Iter<'_, (Name, Failure<E>)> {
        self.failures.iter()
    }

    /// Returns the number of children that failed.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let gone = async { Err::<u8, _>("gone") };
    /// let failures = taskgroup::group!(gone, async { Ok(1) }).collect_errors().await.unwrap_err();
    /// assert_eq!(failures.len(), 1);
    /// # });
    /// ```
    pub fn len(&self) -> usize {
        self.failures.len()
    }

    /// Returns `true` if no child failed. Then the group was cancelled, or a race had no child that could win it.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let gone = async { Err::<u8, _>("gone") };
    /// let failures = taskgroup::group!(gone).collect_errors().await.unwrap_err();
    /// assert!(!failures.is_empty());
    /// # });
    /// ```
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

impl<E: fmt::Display> Failures<E> {
    /// Writes the error of one line, with its sources unless they are to follow.
    fn write(&self, error: &E, sources_follow: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `{:#}` of `anyhow::Error` writes the sources itself.
        if sources_follow || !self.chain.is_known() {
            return error.fmt(f);
        }
        write!(f, "{error}")?;
        let mut next = self.chain.source(error);
        while let Some(source) = next {
            write!(f, ": {source}")?;
            next = source.source();
        }
        Ok(())
    }
}

impl<E: fmt::Display> fmt::Display for Failures<E> {
    /// Writes one line for every failure, and one for the cancellation, if there was one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = 0;
        let mut line = |f: &mut fmt::Formatter<'_>| {
            lines += 1;
            if lines > 1 { f.write_str("\n") } else { Ok(()) }
        };
        for (child, failure) in &self.failures {
            line(f)?;
            write!(f, "`{child}`: ")?;
            match failure {
                Failure::Failed(error) => {
                    let is_last = self.last().is_some_and(|last| std::ptr::eq(last, error));
                    self.write(error, is_last && !f.alternate(), f)?;
                }
                Failure::Panicked(_) => failure.fmt(f)?,
            }
        }
        if let Some(cancelled) = &self.cancelled {
            line(f)?;
            write!(f, "{cancelled}")?;
        }
        // A race, or a group of `for`s, without any child.
        if lines == 0 {
            f.write_str("there was no child that could succeed")?;
        }
        Ok(())
    }
}

impl<E: fmt::Debug + fmt::Display> Error for Failures<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.last().and_then(|error| self.chain.source(error))
    }
}
