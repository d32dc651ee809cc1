//! The entries of the items of a `#[spawn] for`, which are begun and ended without a lock.
//!
//! An arm takes a batch of entries at a time, under the lock of a shard. What its items have in common stands there once. What
//! differs is in their figures: it is stored without the lock, and so is their end.
//!
//! 1. A batch is taken by one arm, and each of its entries is used once. It is given back when each has ended, or was left over
//!    at the end of the arm: by what sets the last bit, under the lock.
//! 2. A batch counts as one user of its group, so that the address of the group stays valid for its items.
//! 3. While a snapshot holds the locks, no batch is taken or given back: what it reads in one belongs to the arm that it sees.

use std::{
    panic::Location,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::{
    batch::{Batch, SIZE},
    figures::{Figures, Home},
    kind::Kind,
    member::{Member, line_of},
};
use crate::name::{Label, LazyName, Who};

/// What the items of one arm have in common.
#[derive(Clone, Copy)]
pub(super) struct Arm {
    pub(super) label: Label,
    pub(super) kind: Kind,
    /// The place of its group.
    pub(super) at: &'static Location<'static>,
    /// Its group.
    pub(super) parent: &'static Figures,
}

/// A batch as its shard has it.
pub(super) struct Row {
    batch: &'static Batch,
    entries: &'static [Figures],
    /// `None` while it is vacant.
    arm: Option<Arm>,
}

impl Row {
    /// Makes a batch, for good.
    pub(super) fn new(number: usize, live: &'static AtomicUsize) -> Self {
        let batch: &'static Batch = Box::leak(Box::new(Batch::new(number)));
        let entries: Vec<_> = (0..SIZE).map(|bit| Figures::new(Home::Batch(batch, 1 << bit), live)).collect();
        Self { batch, entries: entries.leak(), arm: None }
    }

    pub(super) fn take(&mut self, arm: Arm) -> &'static [Figures] {
        self.arm = Some(arm);
        self.batch.reset();
        for entry in self.entries {
            entry.serial.store(0, Relaxed);
        }
        self.entries
    }

    /// Takes the batch back; returns the group that it used.
    pub(super) fn give_back(&mut self) -> Option<&'static Figures> {
        self.arm.take().map(|arm| arm.parent)
    }

    pub(super) fn parent(&self) -> Option<&'static Figures> {
        self.arm.map(|arm| arm.parent)
    }

    /// Returns the item that has begun in this entry.
    pub(super) fn member(&self, entry: &Figures) -> Option<Member> {
        let Arm { label, kind, at, parent } = self.arm?;
        let (item, since) = entry.read_item()?;
        let who = LazyName::item(label, item);
        let line = line_of(who);
        Some(Member { who: Who::Arm(who), kind, daemon: false, at, line, since, trace: None, parent: Some(parent) })
    }

    /// Returns what has begun in the batch.
    pub(super) fn members(&self) -> impl Iterator<Item = (&'static Figures, Member)> {
        self.entries.iter().filter_map(|entry| self.member(entry).map(|member| (entry, member)))
    }
}
