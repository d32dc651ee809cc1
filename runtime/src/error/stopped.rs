//! The error of `.outcome()`.

use std::{error::Error, fmt};

use crate::error::{cause::Cancelled, panicked::Panicked};

/// Every way in which a group with `.outcome()` can end without its values.
#[derive(Debug)]
pub enum Stopped<E> {
    /// A child failed first.
    Failed(E),
    /// The group was cancelled, by an option or by an enclosing group, and not every child returned its value.
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
