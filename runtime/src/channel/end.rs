//! The meaning of an end of a channel, and the moment at which it becomes visible to the other side.
//!
//! A child that fails drops its ends a moment before its error is known. If the other side saw them at once, it could fail
//! *because* of that, and be reported first. tokio's queue closes at once all the same: what is withheld is only what this
//! crate makes of it.
//!
//! ```text
//! thread of the child that fails                        thread of the other side
//!
//! drop(tx): SenderSide::drop
//!   withheld += 1; a DeferredClose goes to the thread's
//!   list (context.rs)
//! drop(queue)                          ── closed ──▶    recv(): the queue has ended, withheld > 0
//! the poll returns Err                                    poll_visible: leaves its waker, and asks for a
//!   note_failure: the scope knows who was first           wake-up after 100 ms (context/backstop.rs)
//! the poll leaves the outermost group of the thread
//!   DeferredClose::drop: release: withheld -= 1 ─ wake ▶ recv(): Abandoned. If its child fails now, the
//!                                                          owner finds the other failure noted
//! ```
//!
//! The two halves share one `EndState`. The thread's list owns each `DeferredClose`, so an end is released even if the poll
//! panics. An end must never stay withheld for good (4), nor become visible before the failure behind it is noted (3).
//!
//! 1. `unfinished` counts the senders that have not called `finish`, those that were dropped without it included. So the
//!    stream is complete exactly if it ends with `unfinished == 0`.
//! 2. A sender lowers the count before it leaves the queue, so a receiver that sees the queue's end sees the final count.
//! 3. An end that a child drops is withheld until the poll that dropped it is over: `withheld` rises before the queue
//!    closes, and falls after a failure of that poll has been noted (`context/first.rs`). Until then the end is invisible to
//!    other threads. So a child that fails because of that end is known not to be the first to fail.
//! 4. A poll that blocks may wait for the other side, so an end is withheld for 100 ms at most: the other side wakes itself
//!    then (`context/backstop.rs`).
//! 5. On the thread of that poll the end is visible at once: the code there would otherwise wait for something that only
//!    its own end brings. A `recv` of another child waits until the child that dropped it has been named
//!    (`context/ends.rs`), which is at the end of the pass at the latest.
//! 6. No waker is called, cloned or dropped while a lock is held: it may poll the other side at once, which takes the lock.
//!
//! `tests/loom` explores the interleavings of this file.

use std::{
    fmt, mem,
    sync::{Arc, OnceLock},
    task::{Context, Poll, Waker, ready},
};

use crate::{
    context::{
        self, LONGEST_WITHHOLDING,
        backstop::{self, Latest},
        withheld::{DeferredClose, Release},
    },
    name::Name,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    unwind::wake_all,
};

#[derive(Default)]
pub(super) struct EndState {
    unfinished: AtomicUsize,
    withheld: AtomicUsize,
    /// The child that dropped a sender which had not finished.
    abandoned_by: OnceLock<Name>,
    waits: Mutex<Waits>,
}

#[derive(Default)]
struct Waits {
    /// Until when the last end is withheld at most.
    until: Option<Latest>,
    /// What waits for the release, and when it wakes itself.
    wakers: Vec<(Waker, Option<Latest>)>,
}

impl EndState {
    /// Returns `true` if every sender has finished. Final once the queue has ended.
    pub(super) fn is_whole(&self) -> bool {
        self.unfinished.load(Ordering::Acquire) == 0
    }

    /// Returns `true` if the end is not visible yet to the code that runs here.
    pub(super) fn is_withheld(&self) -> bool {
        // One load where nothing is withheld, which is nearly always: the rest needs a lock.
        self.withheld.load(Ordering::Acquire) > 0 && self.is_withheld_here()
    }

    #[cold]
    fn is_withheld_here(&self) -> bool {
        let until = self.waits.lock().until;
        // Invariants 4 and 5.
        until.is_some_and(|until| !until.has_passed()) && !context::ends::withholds(self)
    }

    /// Resolves when the end is visible, and the child that dropped it known, if it will be.
    pub(super) fn poll_known(&self, cx: &Context<'_>) -> Poll<()> {
        ready!(self.poll_visible(cx));
        // Dropped by a sibling that was polled before this one in the same pass, and is named when that is over.
        if self.withheld.load(Ordering::Acquire) > 0 && context::ends::puts_off(self) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Resolves when the end is visible.
    pub(super) fn poll_visible(&self, cx: &Context<'_>) -> Poll<()> {
        if !self.is_withheld() {
            return Poll::Ready(());
        }
        // Both clones before the lock (invariant 6).
        let (mine, backstop) = (cx.waker().clone(), cx.waker().clone());
        let until = {
            let mut waits = self.waits.lock();
            // Read again under the lock: `release` lowers the count before it takes the lock, so a waker that is pushed
            // while the count is not zero is always called.
            if self.withheld.load(Ordering::Acquire) == 0 {
                drop(waits);
                return Poll::Ready(());
            }
            let until = waits.until;
            match waits.wakers.iter_mut().find(|(waiting, _)| waiting.will_wake(&mine)) {
                Some((_, latest)) if *latest == until => {
                    drop(waits);
                    return Poll::Pending;
                }
                // Another end was withheld since then, and the wake-up that comes for the first one would be too early.
                Some((_, latest)) => *latest = until,
                None => waits.wakers.push((mine, until)),
            }
            until
        };
        if let Some(until) = until {
            backstop::wake_at(until, backstop);
        }
        Poll::Pending
    }

    /// Hides an end that is about to be dropped. `named`: the other side may ask which child dropped it.
    fn withhold(self: &Arc<Self>, named: bool) {
        let hold = || {
            // Before the count rises: the other side reads the count, then this time.
            self.waits.lock().until = Some(Latest::from_now(LONGEST_WITHHOLDING));
            self.withheld.fetch_add(1, Ordering::AcqRel);
            DeferredClose::new(self.clone())
        };
        context::ends::withhold(hold, if named { Some(&**self) } else { None });
    }

    /// Returns the child that dropped a sender which had not finished, if that is known.
    pub(super) fn abandoned_by(&self) -> Option<Name> {
        self.abandoned_by.get().cloned()
    }
}

impl Release for EndState {
    fn dropped_by(&self, child: Name) {
        // The first one stays: what others did after that may have followed from it.
        let _ = self.abandoned_by.set(child);
    }

    fn release(&self) {
        // Several clones of a sender may be withheld at once: only the last release makes the end visible.
        if self.withheld.fetch_sub(1, Ordering::AcqRel) == 1 {
            let wakers = mem::take(&mut self.waits.lock().wakers);
            wake_all(wakers.into_iter().map(|(waker, _)| waker));
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
        // Relaxed: the first sender is not shared yet, and any other is cloned
        // from one that keeps the count above zero.
        end.unfinished.fetch_add(1, Ordering::Relaxed);
        Self { end: end.clone(), is_finished: false }
    }

    pub(super) fn end(&self) -> &Arc<EndState> {
        &self.end
    }

    pub(super) fn finish(&mut self) {
        self.is_finished = true;
        // Before this half of the queue goes (invariant 2).
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
            self.end.withhold(true);
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
        // Always: a receiver that is dropped has no way to say that it is satisfied.
        self.0.withhold(false);
    }
}

impl fmt::Debug for EndState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndState").field("unfinished", &self.unfinished).finish_non_exhaustive()
    }
}
