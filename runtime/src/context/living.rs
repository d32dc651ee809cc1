//! How many guards of one group exist, and what waits until there are none.
//!
//! 1. The count is lowered before the waiters are taken, and a waiter is added under the lock under which the count is read.
//!    So the last guard finds every waiter that has seen another count than 0.
//! 2. What a holder did before it gave its guard up is visible to what sees the count at 0, and to what the last holder does.
//! 3. No waker is called, cloned or dropped while the lock is held: it may poll the owner at once, which takes the lock.
//! 4. A waker that panics stops no other: what holds the last guard is in a destructor, and the enclosing groups wait for it.
//!
//! `tests/loom` explores the interleavings of this file.

use std::{
    mem,
    task::{Context, Poll, Waker},
};

use crate::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    unwind::wake_all,
};

#[derive(Default)]
pub(crate) struct Living {
    count: AtomicUsize,
    waiters: Mutex<Vec<Waker>>,
}

impl Living {
    /// Counts one more. Returns `true` if it is the first.
    pub(super) fn enter(&self) -> bool {
        // Relaxed: only the owner, and what is counted already, count more.
        self.count.fetch_add(1, Ordering::Relaxed) == 0
    }

    /// Counts one less; the last one wakes all that waits. Returns `true` if it was the last.
    pub(super) fn leave(&self) -> bool {
        if self.count.fetch_sub(1, Ordering::AcqRel) != 1 {
            return false;
        }
        // Taken out, so that none is called under the lock (invariant 3).
        let waiters = mem::take(&mut *self.waiters.lock());
        wake_all(waiters);
        true
    }

    /// Returns `true` if no guard exists.
    pub(crate) fn is_gone(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    /// Resolves when no guard exists.
    pub(crate) fn poll_gone(&self, cx: &Context<'_>) -> Poll<()> {
        if self.is_gone() {
            return Poll::Ready(());
        }
        // Cloned outside the lock; the last guard may have gone meanwhile.
        let waker = cx.waker().clone();
        let mut waiters = self.waiters.lock();
        if self.is_gone() {
            drop(waiters);
            return Poll::Ready(());
        }
        if waiters.iter().any(|waiting| waiting.will_wake(&waker)) {
            drop(waiters);
            return Poll::Pending;
        }
        waiters.push(waker);
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::{Arc, atomic::AtomicBool},
        task::Wake,
    };

    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker of user code");
        }
    }

    #[derive(Default)]
    struct Notes(AtomicBool);

    impl Wake for Notes {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_waker_that_panics_stops_no_other() {
        let living = Living::default();
        let notes = Arc::new(Notes::default());
        assert!(living.enter() && !living.enter());
        for waker in [Waker::from(Arc::new(Panics)), Waker::from(notes.clone())] {
            assert!(living.poll_gone(&Context::from_waker(&waker)).is_pending());
        }
        assert!(!living.leave() && !notes.0.load(Ordering::Relaxed));
        assert!(living.leave() && notes.0.load(Ordering::Relaxed));
        assert!(living.poll_gone(&Context::from_waker(Waker::noop())).is_ready());
    }
}
