//! The locks and atomics that threads share: `tests/loom` builds the files that use them with loom's instead.

pub(crate) use std::sync::{Arc, MutexGuard, Weak, atomic};

use std::sync::{PoisonError, TryLockError};

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

    /// Locks what one thread alone can reach at a time. If it is locked already, this very thread did that: a mistake of this
    /// crate, which panics here instead of waiting for itself.
    #[inline]
    pub(crate) fn lock_alone(&self) -> MutexGuard<'_, T> {
        match self.0.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => locked_twice(),
        }
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cold]
#[track_caller]
fn locked_twice() -> ! {
    panic!("taskgroup: what one thread locks for itself was locked twice")
}
