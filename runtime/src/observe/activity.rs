//! When a group or child ran, and for how long. Without the feature `tree` there is nothing to note.
//!
//! Something is polled by one thread at a time, so a load and a store are enough to add; a reader may see the figures of two
//! different polls.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::time::{Duration, Instant};

/// The times of one group or child, in nanoseconds since it began.
pub(crate) struct Activity {
    since: Instant,
    busy: AtomicU64,
    /// The beginning of the poll that is under way, or the end of the last one, plus 1; 0 if it was never polled.
    last: AtomicU64,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), busy: AtomicU64::new(0), last: AtomicU64::new(0) }
    }

    fn now(&self) -> u64 {
        Instant::now().saturating_duration_since(self.since).as_nanos() as u64
    }

    /// Notes the beginning of a poll, which is to be handed to [`end`](Self::end).
    pub(super) fn begin(&self) -> u64 {
        let now = self.now();
        self.last.store(now + 1, Relaxed);
        now
    }

    pub(super) fn end(&self, begun: u64) {
        let now = self.now();
        self.busy.store(self.busy.load(Relaxed) + now.saturating_sub(begun), Relaxed);
        self.last.store(now + 1, Relaxed);
    }

    /// Returns the time since it began.
    pub(crate) fn age(&self, now: Instant) -> Duration {
        // It may have begun after `now` was read.
        now.saturating_duration_since(self.since)
    }

    /// Returns the sum of its polls that have ended.
    pub(crate) fn busy(&self) -> Duration {
        Duration::from_nanos(self.busy.load(Relaxed))
    }

    /// Returns the time since its poll began, if one is under way, or since its last one ended.
    pub(crate) fn since_last(&self, now: Instant) -> Option<Duration> {
        let last = Duration::from_nanos(self.last.load(Relaxed).checked_sub(1)?);
        Some(self.age(now).saturating_sub(last))
    }
}
