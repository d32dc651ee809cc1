//! How often something was cancelled in this process: with it, a check that found nothing is not made again until it could
//! find something. A channel checks at every message.
//!
//! 1. A check whose result is kept reads the epoch first, then marks the scope (`CHECKED`), then reads its flag. A
//!    cancellation sets the flag, then sees the mark, then moves the epoch on. So a result that was kept is either older than
//!    the cancellation, and its epoch is over, or it saw the flag.
//! 2. A kept result belongs to one context: every entry of a group, and every exit, forgets it.
//! 3. A scope that was never checked moves no epoch: most groups end without touching what all threads share.

use std::sync::atomic::{AtomicUsize, Ordering};

static EPOCH: AtomicUsize = AtomicUsize::new(1);

/// An epoch that never is.
pub(super) const NEVER: usize = 0;

#[inline(always)]
pub(super) fn now() -> usize {
    EPOCH.load(Ordering::Acquire)
}

/// A scope that was checked has been cancelled.
pub(super) fn next() {
    EPOCH.fetch_add(1, Ordering::Release);
}
