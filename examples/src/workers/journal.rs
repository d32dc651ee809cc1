//! The record of how every accepted job ended.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::job::JobError;
use crate::say;

/// Counts how jobs end, and can print a line for each.
#[derive(Debug, Default)]
pub struct Journal {
    prints: bool,
    accepted: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    cut_off: AtomicU64,
}

impl Journal {
    /// Creates an empty journal. If `prints` is set, its lines go to standard output.
    pub fn new(prints: bool) -> Arc<Self> {
        Arc::new(Self { prints, ..Self::default() })
    }

    /// Records that a job is accepted. The returned entry records how it ends, whatever happens.
    pub(super) fn accept(self: &Arc<Self>, job: u64) -> Entry {
        self.note("accepted", job, &self.accepted);
        Entry { journal: self.clone(), job, is_open: true }
    }

    /// Returns the sums so far.
    pub fn statistics(&self) -> Statistics {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Statistics {
            accepted: of(&self.accepted),
            done: of(&self.done),
            failed: of(&self.failed),
            cut_off: of(&self.cut_off),
        }
    }

    fn note(&self, what: &str, job: u64, count: &AtomicU64) {
        count.fetch_add(1, Ordering::Relaxed);
        if self.prints {
            say!("{what} {job}");
        }
    }
}

/// A job that was accepted and has not ended.
pub(super) struct Entry {
    journal: Arc<Journal>,
    job: u64,
    is_open: bool,
}

impl Entry {
    pub(super) fn ends(mut self, how: Result<(), JobError>) {
        self.is_open = false;
        let journal = &self.journal;
        match how {
            Ok(()) => journal.note("done", self.job, &journal.done),
            Err(_) => journal.note("failed", self.job, &journal.failed),
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.is_open {
            self.journal.note("cut-off", self.job, &self.journal.cut_off);
        }
    }
}

/// The number of jobs for each way to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Jobs taken from the queue.
    pub accepted: u64,
    /// Jobs that succeeded.
    pub done: u64,
    /// Jobs that ended with an error.
    pub failed: u64,
    /// Jobs that did not end before the drain timeout.
    pub cut_off: u64,
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accepted, done, failed, cut_off } = self;
        write!(f, "{accepted} accepted, {done} done, {failed} failed, {cut_off} cut off")
    }
}
