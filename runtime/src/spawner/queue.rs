//! The jobs that were accepted and have not begun.
//!
//! 1. A job is accepted under the lock, and only while the queue has not ended.
//! 2. The reader ends the queue under the same lock, when it finds nothing in it and the gate closed. So a job that came at
//!    the same time is either refused, or found.
//! 3. The reader is woken by each job, by the closing of the gate (`context/gate.rs`), and when the last spawner goes.
//! 4. No waker is called, and no job is dropped, while the lock is held.
//!
//! `tests/loom` explores the interleavings of this file.

use std::{
    collections::VecDeque,
    task::{Poll, Waker},
};

use crate::{sync::Mutex, unwind::wake_all, waker::WakerSlot};

/// What the reader may find once there is no job left.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entrance {
    /// There may be more.
    Open,
    /// Nothing more is accepted.
    Closed,
    /// What was accepted is given up too.
    Revoked,
}

pub(crate) struct Queue<J>(Mutex<Shared<J>>);

struct Shared<J> {
    jobs: VecDeque<J>,
    reader: WakerSlot,
    spawners: usize,
    has_ended: bool,
}

impl<J> Queue<J> {
    /// Makes the queue of one spawner.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Shared { jobs: VecDeque::new(), reader: WakerSlot::default(), spawners: 1, has_ended: false }))
    }

    pub(crate) fn spawner_added(&self) {
        self.0.lock().spawners += 1;
    }

    pub(crate) fn spawner_gone(&self) {
        let reader = {
            let mut shared = self.0.lock();
            shared.spawners -= 1;
            if shared.spawners == 0 { shared.reader.take() } else { None }
        };
        wake_all(reader);
    }

    /// Accepts a job, or returns what it was to be made of. `make` runs under the lock, and runs no code of a user.
    pub(crate) fn push<F>(
        &self,
        from: F,
        is_closed: impl FnOnce() -> bool,
        make: impl FnOnce(F) -> J,
    ) -> Result<(), F> {
        let reader = {
            let mut shared = self.0.lock();
            if shared.has_ended || is_closed() {
                return Err(from);
            }
            shared.jobs.push_back(make(from));
            shared.reader.take()
        };
        wake_all(reader);
        Ok(())
    }

    /// Returns the next job, or `None` at the end. What is given up then is returned beside it.
    pub(crate) fn poll(&self, waker: &Waker, entrance: impl Fn() -> Entrance) -> (Poll<Option<J>>, VecDeque<J>) {
        let mut waker = Some(waker.clone());
        let result = {
            let mut shared = self.0.lock();
            let entrance = if shared.spawners == 0 { entrance().max(Entrance::Closed) } else { entrance() };
            let given_up =
                if entrance == Entrance::Revoked { std::mem::take(&mut shared.jobs) } else { VecDeque::new() };
            let next = match shared.jobs.pop_front() {
                Some(job) => Poll::Ready(Some(job)),
                None if entrance == Entrance::Open => {
                    waker = waker.and_then(|waker| shared.reader.replace(waker));
                    Poll::Pending
                }
                None => {
                    shared.has_ended = true;
                    Poll::Ready(None)
                }
            };
            (next, given_up)
        };
        drop(waker);
        result
    }

    /// Ends the queue. Returns what is given up.
    pub(crate) fn end(&self) -> VecDeque<J> {
        let mut shared = self.0.lock();
        shared.has_ended = true;
        let reader = shared.reader.take();
        let jobs = std::mem::take(&mut shared.jobs);
        drop(shared);
        drop(reader);
        jobs
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().jobs.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(queue: &Queue<u32>, is_closed: bool) -> Result<(), u32> {
        queue.push(7, || is_closed, |job| job)
    }

    #[test]
    fn nothing_is_accepted_through_a_closed_gate() {
        let queue = Queue::new();
        assert_eq!((push(&queue, true), queue.len()), (Err(7), 0));
        assert_eq!((push(&queue, false), queue.len()), (Ok(()), 1));
    }

    #[test]
    fn nothing_is_accepted_after_the_end_though_the_gate_is_not_closed_yet() {
        let queue = Queue::new();
        assert_eq!(push(&queue, false), Ok(()));
        assert_eq!(queue.end(), [7]);
        assert_eq!((push(&queue, false), queue.len()), (Err(7), 0));
        // The same if the reader found the end.
        let queue = Queue::new();
        assert!(queue.poll(Waker::noop(), || Entrance::Closed).0.is_ready());
        assert_eq!((push(&queue, false), queue.len()), (Err(7), 0));
    }
}
