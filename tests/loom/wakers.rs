//! Wakers that note whether they are called or dropped while the thread holds a lock, and an executor that uses them.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use crate::sync::holds_a_lock;

/// Whether user code ran under a lock. Noted, and not a panic at once: a panic of a waker may be caught.
static UNDER_A_LOCK: AtomicBool = AtomicBool::new(false);

fn note() {
    if holds_a_lock() {
        UNDER_A_LOCK.store(true, Ordering::Relaxed);
    }
}

/// Asserts that no waker has been called or dropped under a lock.
pub(crate) fn assert_none_under_a_lock() {
    assert!(!UNDER_A_LOCK.load(Ordering::Relaxed), "a waker was called or dropped under a lock");
}

struct Checked(Waker);

impl Wake for Checked {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        note();
        self.0.wake_by_ref();
    }
}

impl Drop for Checked {
    fn drop(&mut self) {
        note();
    }
}

pub(crate) fn checked(waker: &Waker) -> Waker {
    Waker::from(Arc::new(Checked(waker.clone())))
}

/// Runs a task, whose waker stays the same.
pub(crate) fn block_on<R>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<R>) -> R {
    let mut waker = None;
    loom::future::block_on(poll_fn(|cx| {
        let waker = waker.get_or_insert_with(|| checked(cx.waker()));
        poll(&mut Context::from_waker(waker))
    }))
}

/// Runs a task that has another waker in each poll.
pub(crate) fn block_on_with_other_wakers<R>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<R>) -> R {
    loom::future::block_on(poll_fn(|cx| poll(&mut Context::from_waker(&checked(cx.waker())))))
}
