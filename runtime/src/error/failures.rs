//! Every failure of a group, each with its child.

use std::{error::Error, fmt};

use crate::{
    error::{cause::Cancelled, panicked::Panicked},
    name::Name,
};

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
/// Iterating yields `(Name, Failure<E>)`, in the order in which the children were written. It is also what such a group
/// returns when a value is missing although no child failed; [`cancelled`](Self::cancelled) then returns the cause.
pub struct Failures<E> {
    failures: Vec<(Name, Failure<E>)>,
    cancelled: Option<Cancelled>,
}

impl<E> Failures<E> {
    pub(crate) fn new(failures: Vec<(Name, Failure<E>)>, cancelled: Option<Cancelled>) -> Self {
        Self { failures, cancelled }
    }

    /// Returns the cancellation if the group was cancelled, by an option or by an enclosing group, before it had all values.
    pub fn cancelled(&self) -> Option<&Cancelled> {
        self.cancelled.as_ref()
    }

    /// Iterates over the failures by reference.
    pub fn iter(&self) -> std::slice::Iter<'_, (Name, Failure<E>)> {
        self.failures.iter()
    }

    /// Returns the number of children that failed.
    pub fn len(&self) -> usize {
        self.failures.len()
    }

    /// Returns `true` if no child failed. Then the group was cancelled, or a race had no child that could win it.
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
    /// Writes one line for every failure, and one for the cancellation, if there was one.
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
