//! A wake-up at a given time, for a wait that nearly always ends much earlier by itself.
//!
//! tokio's timer needs a runtime that was built with one, and channels and groups work without. So these wake-ups come from
//! a thread, which exists only while there are any. To yield until then would be worse than a thread: a waiter that the
//! other side has just woken often has the processor of the other side, and would keep it.

use std::{
    mem,
    sync::{Condvar, PoisonError},
    task::Waker,
    thread,
    time::{Duration, Instant},
};

use crate::{sync::Mutex, unwind::wake_all};

/// The latest moment at which a wait ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Latest(Instant);

impl Latest {
    /// The moment at which a wait that begins now has lasted for `longest`.
    pub(crate) fn from_now(longest: Duration) -> Self {
        Self::of(Instant::now(), longest)
    }

    pub(crate) fn of(began: Instant, longest: Duration) -> Self {
        Self(began + longest)
    }

    pub(crate) fn has_passed(self) -> bool {
        Instant::now() >= self.0
    }
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue { has_thread: false, wakeups: Vec::new() });
static EARLIER: Condvar = Condvar::new();

struct Queue {
    has_thread: bool,
    wakeups: Vec<(Instant, Waker)>,
}

/// Wakes when `at` has passed, or a moment later.
pub(crate) fn wake_at(Latest(at): Latest, waker: Waker) {
    {
        let mut queue = QUEUE.lock();
        queue.wakeups.push((at, waker));
        // It may come before the one that the thread sleeps for.
        EARLIER.notify_one();
        // Set under the lock, so that of two callers only one starts the thread.
        if mem::replace(&mut queue.has_thread, true) {
            return;
        }
    }
    if thread::Builder::new().name("taskgroup-backstop".into()).spawn(run).is_err() {
        // Without a thread they come too early, and the waits go round.
        let wakeups = {
            let mut queue = QUEUE.lock();
            queue.has_thread = false;
            mem::take(&mut queue.wakeups)
        };
        wake_all(wakeups.into_iter().map(|(_, waker)| waker));
    }
}

fn run() {
    let mut queue = QUEUE.lock();
    loop {
        let now = Instant::now();
        // A scan and no heap: there are few at a time, and none of them is in a hurry.
        let (due, later) = mem::take(&mut queue.wakeups).into_iter().partition::<Vec<_>, _>(|(at, _)| *at <= now);
        queue.wakeups = later;
        if !due.is_empty() {
            // A waker is code of an executor: outside the lock.
            drop(queue);
            wake_all(due.into_iter().map(|(_, waker)| waker));
            queue = QUEUE.lock();
            continue;
        }
        let Some(next) = queue.wakeups.iter().map(|(at, _)| *at).min() else {
            // Under the lock in which the list was found empty: a wake-up that comes after it starts another thread.
            queue.has_thread = false;
            return;
        };
        // A wake-up that is spurious, or for a later one, only goes round.
        queue = EARLIER.wait_timeout(queue, next - now).unwrap_or_else(PoisonError::into_inner).0;
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, task::Wake};

    use super::*;

    struct Sends(std::sync::mpsc::Sender<u32>, u32);

    impl Wake for Sends {
        fn wake(self: Arc<Self>) {
            let _ = self.0.send(self.1);
        }
    }

    #[test]
    fn each_comes_at_its_time_and_the_thread_ends_and_begins_again() {
        for _ in 0..2 {
            let (tx, rx) = std::sync::mpsc::channel();
            let began = Instant::now();
            for (after, n) in [(40, 2), (10, 1), (80, 3)] {
                wake_at(Latest::of(began, Duration::from_millis(after)), Waker::from(Arc::new(Sends(tx.clone(), n))));
            }
            drop(tx);
            assert_eq!(rx.iter().collect::<Vec<_>>(), [1, 2, 3]);
            assert!(began.elapsed() >= Duration::from_millis(80));
        }
    }
}
