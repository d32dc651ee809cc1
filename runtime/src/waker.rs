//! Wakers that are kept behind locks.
//!
//! Cloning and dropping a waker runs code of the executor, which may own the task and come back here: both happen outside
//! every lock. So a slot is read first, and replaced in a second step if it has to be.

use std::task::Waker;

/// A place for the waker of the task that waits.
#[derive(Default, Debug)]
pub(crate) struct WakerSlot(Option<Waker>);

impl WakerSlot {
    /// Returns `true` if the waker that is kept wakes the same task.
    pub(crate) fn holds(&self, waker: &Waker) -> bool {
        self.0.as_ref().is_some_and(|kept| kept.will_wake(waker))
    }

    /// Keeps another waker. Returns the one before, which the caller drops outside the lock.
    #[must_use = "drop it outside the lock"]
    pub(crate) fn replace(&mut self, waker: Waker) -> Option<Waker> {
        self.0.replace(waker)
    }

    #[must_use = "wake or drop it outside the lock"]
    pub(crate) fn take(&mut self) -> Option<Waker> {
        self.0.take()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}
