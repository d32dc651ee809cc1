//! What an end of a channel means, and when the other end may hear of it.
//!
//! 1. `unfinished` counts the senders that have not called `finish`, those that were dropped without it included. So an
//!    end of stream with `unfinished == 0` is the whole, and any other is not.
//! 2. A sender finishes before it goes, so whoever sees the queue's end sees the count.
//! 3. An end that a spawned child drops is withheld: `withheld` rises before the queue closes, and falls when the child
//!    waits again or its owner has taken its result. Until then nobody else is told of the end. The first error that the
//!    owner observes is then the one that came first, and not another child's answer to it.
//! 4. The child itself is told at once, so nobody waits for what only they could end.
//! 5. No waker is called while a lock is held.

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
    /// Once the queue has ended: did every sender finish?
    pub(super) fn is_whole(&self) -> bool {
        self.unfinished.load(Ordering::Acquire) == 0
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.waiting.lock()
    }

    /// Is the end not to be told yet to whoever runs here?
    pub(super) fn is_withheld(self: &Arc<Self>) -> bool {
        self.withheld.load(Ordering::Acquire) > 0 && !context::withholds(|held| held.is_of(&**self))
    }

    /// Ready when the end may be told.
    pub(super) fn poll_told(self: &Arc<Self>, cx: &Context<'_>) -> Poll<()> {
        if !self.is_withheld() {
            return Poll::Ready(());
        }
        // Cloned outside the lock.
        let waker = cx.waker().clone();
        let mut waiting = self.lock();
        // `release` lowers the count before it takes the lock.
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

    /// An end is about to be dropped.
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

/// One sender's part in the end. Goes before the sender's place in the queue does.
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
        if !self.is_finished {
            self.end.withhold();
        }
    }
}

/// The receiver's part. Goes before the queue does.
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
