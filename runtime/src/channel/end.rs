//! The meaning of an end of a channel, and the moment at which it becomes visible to the other side.
//!
//! 1. `unfinished` counts the senders that have not called `finish`, those that were dropped without it included. So the
//!    stream is complete exactly if it ends with `unfinished == 0`.
//! 2. A sender lowers the count before it leaves the queue, so a receiver that sees the queue's end sees the final count.
//! 3. An end that a spawned child drops is withheld: `withheld` rises before the queue closes, and falls when the child
//!    waits again or its owner has taken its result. Until then the end is invisible to all other code. The first error that
//!    the owner observes is then the one that came first, and not another child's answer to it.
//! 4. To the child itself the end is visible at once: it would otherwise wait for something that only its own end brings.
//! 5. No waker is called while a lock is held: it may poll the other side at once, which takes the lock.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use crate::{
    context::{
        self,
        carry::{DeferredClose, Release},
    },
    sync::{Mutex, MutexGuard},
};

#[derive(Default)]
pub(super) struct EndState {
    unfinished: AtomicUsize,
    withheld: AtomicUsize,
    waiting: Mutex<Vec<Waker>>,
}

impl EndState {
    /// Returns `true` if every sender has finished. Final once the queue has ended.
    pub(super) fn is_whole(&self) -> bool {
        self.unfinished.load(Ordering::Acquire) == 0
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.waiting.lock()
    }

    /// Returns `true` if the end is not visible yet to the code that runs here.
    pub(super) fn is_withheld(self: &Arc<Self>) -> bool {
        self.withheld.load(Ordering::Acquire) > 0 && !context::withholds(|held| held.is_of(&**self))
    }

    /// Resolves when the end is visible.
    pub(super) fn poll_told(self: &Arc<Self>, cx: &Context<'_>) -> Poll<()> {
        if !self.is_withheld() {
            return Poll::Ready(());
        }
        // Cloned outside the lock.
        let waker = cx.waker().clone();
        let mut waiting = self.lock();
        // Read again under the lock: `release` lowers the count before it takes the lock, so a waker that is pushed while
        // the count is not zero is always called.
        if self.withheld.load(Ordering::Acquire) == 0 {
            drop(waiting);
            return Poll::Ready(());
        }
        if !waiting.iter().any(|waiting| waiting.will_wake(&waker)) {
            waiting.push(waker);
            return Poll::Pending;
        }
        drop(waiting);
        Poll::Pending
    }

    /// Hides an end that is about to be dropped.
    fn withhold(self: &Arc<Self>) {
        context::withhold(|| {
            self.withheld.fetch_add(1, Ordering::AcqRel);
            DeferredClose::new(self.clone())
        });
    }
}

impl Release for EndState {
    fn release(&self) {
        if self.withheld.fetch_sub(1, Ordering::AcqRel) == 1 {
            let waiting = std::mem::take(&mut *self.lock());
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}

/// The part of one sender in the end. Dropped before the sender's half of the queue.
pub(super) struct SenderSide {
    end: Arc<EndState>,
    is_finished: bool,
}

impl SenderSide {
    pub(super) fn new(end: &Arc<EndState>) -> Self {
        end.unfinished.fetch_add(1, Ordering::Relaxed);
        Self { end: end.clone(), is_finished: false }
    }

    pub(super) fn end(&self) -> &Arc<EndState> {
        &self.end
    }

    pub(super) fn finish(&mut self) {
        self.is_finished = true;
        self.end.unfinished.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Clone for SenderSide {
    fn clone(&self) -> Self {
        Self::new(&self.end)
    }
}

impl Drop for SenderSide {
    fn drop(&mut self) {
        // A sender that finished has nothing to hide: what follows is the regular end.
        if !self.is_finished {
            self.end.withhold();
        }
    }
}

/// The part of the receiver. Dropped before its half of the queue.
pub(super) struct ReceiverSide(Arc<EndState>);

impl ReceiverSide {
    pub(super) fn new(end: &Arc<EndState>) -> Self {
        Self(end.clone())
    }

    pub(super) fn end(&self) -> &Arc<EndState> {
        &self.0
    }
}

impl Drop for ReceiverSide {
    fn drop(&mut self) {
        self.0.withhold();
    }
}

impl fmt::Debug for EndState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndState").field("unfinished", &self.unfinished).finish_non_exhaustive()
    }
}
