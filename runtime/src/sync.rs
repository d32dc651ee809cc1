//! The locks and atomics that threads share: `tests/loom` builds the files that use them with loom's instead.

pub(crate) use std::sync::{Arc, MutexGuard, Weak, atomic};

use std::sync::PoisonError;

/// A lock without poisoning: whenever user code runs, and may panic, what the lock guards is consistent.
#[derive(Default, Debug)]
pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
