//! A batch of entries: how it is noted which of them are over.

use std::sync::atomic::{
    AtomicU32,
    Ordering::{AcqRel, Relaxed},
};

/// As many as make the lock cheap, and so few that an item that lives for long does not keep much.
pub(super) const SIZE: usize = 16;
const ALL: u32 = (1 << SIZE) - 1;

/// Returns the bits of this entry and of those behind it.
pub(super) fn from(entry: u32) -> u32 {
    ALL & !(entry - 1)
}

/// Where the entries of a batch note their ends.
pub(super) struct Batch {
    /// The number of the batch.
    pub(super) number: usize,
    /// A bit for each entry that has ended or was left over.
    over: AtomicU32,
}

impl Batch {
    /// Makes a batch that is vacant.
    pub(super) fn new(number: usize) -> Self {
        Self { number, over: AtomicU32::new(ALL) }
    }

    /// Begins anew.
    pub(super) fn reset(&self) {
        self.over.store(0, Relaxed);
    }

    /// Notes that these entries are over. Returns `true` if the batch is to be given back.
    #[inline]
    pub(super) fn ends(&self, entries: u32) -> bool {
        // The last one gives back what the others used.
        self.over.fetch_or(entries, AcqRel) | entries == ALL
    }
}
