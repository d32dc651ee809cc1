//! Every group and child that is alive, each with its parent.
//!
//! An entry is a slot of a shard: what stays the same while it is alive, under the lock of the shard, and its [`Figures`], which
//! change. Both are used again, so an entry allocates nothing, and the registry takes the memory of the most entries that
//! were ever alive at once.
//!
//! 1. A slot is used again only when nothing uses it: no handle, and nothing below it. Until then an entry that has ended
//!    stays, marked as gone. So the address of a parent is valid for as long as its child has a slot.
//! 2. An entry whose parent has ended counts as adopted: its group was dropped, and an enclosing group waits for it.
//! 3. No code of a subscriber runs, and no name is dropped, while a lock is held: a subscriber may take a snapshot.
//! 4. Only a snapshot holds more than one lock. It takes all of them, in order, so no address that it reads is used again
//!    meanwhile.
//!
//! The items of a `#[spawn] for`, of which there are many, are in [`rows`](super::rows) instead of slots.

use std::cell::Cell;

use super::{
    batch::Batch,
    figures::{Figures, Home, Reading},
    member::Member,
    rows::{Arm, Row},
};
use crate::sync::{
    Mutex, MutexGuard,
    atomic::{
        AtomicU64, AtomicUsize,
        Ordering::{AcqRel, Relaxed},
    },
};

/// The place in the source of a group or child.
#[cfg(feature = "tree")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Place {
    /// The file, as `file!()` gives it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

struct Slot {
    figures: &'static Figures,
    member: Member,
}

struct Slots {
    all: Vec<Slot>,
    vacant: Vec<usize>,
    batches: Vec<Row>,
    vacant_batches: Vec<usize>,
}

impl Slots {
    const NONE: Self = Self { all: Vec::new(), vacant: Vec::new(), batches: Vec::new(), vacant_batches: Vec::new() };
}

/// A part of the registry, so that threads seldom wait for each other.
struct Shard {
    slots: Mutex<Slots>,
    live: AtomicUsize,
}

static SHARDS: [Shard; 16] = [const { Shard { slots: Mutex::new(Slots::NONE), live: AtomicUsize::new(0) } }; 16];

/// The serial number of the last entry.
static SERIAL: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The shard to which this thread adds.
    static OWN: Cell<Option<usize>> = const { Cell::new(None) };
}

fn own_shard() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    OWN.with(|own| {
        own.get().unwrap_or_else(|| {
            let next = NEXT.fetch_add(1, Relaxed) % SHARDS.len();
            own.set(Some(next));
            next
        })
    })
}

/// The shard of a slot or batch, and its place there.
fn place_of(number: usize) -> (usize, usize) {
    (number % SHARDS.len(), number / SHARDS.len())
}

pub(super) fn next_serial() -> u64 {
    SERIAL.fetch_add(1, Relaxed) + 1
}

/// Takes a batch for the items of an arm.
#[cold]
#[inline(never)]
pub(super) fn take_batch(arm: Arm) -> &'static [Figures] {
    arm.parent.users.fetch_add(1, Relaxed);
    let own = own_shard();
    let shard = &SHARDS[own];
    let slots = &mut *shard.slots.lock();
    let place = slots.vacant_batches.pop().unwrap_or_else(|| {
        slots.batches.push(Row::new(slots.batches.len() * SHARDS.len() + own, &shard.live));
        slots.batches.len() - 1
    });
    slots.batches[place].take(arm)
}

/// Gives a batch back; returns the group that it used.
#[cold]
pub(super) fn give_back(batch: &Batch) -> Option<&'static Figures> {
    let (shard, place) = place_of(batch.number);
    let mut slots = SHARDS[shard].slots.lock();
    slots.vacant_batches.push(place);
    slots.batches[place].give_back()
}

/// A handle of an entry. The entry is in the tree until [`unlist`](Self::unlist), and its slot is taken as long as this exists.
pub(super) struct Listed(pub(super) &'static Figures);

impl Listed {
    /// Adds a member, which `is_polled` now for the first time, or waits for that.
    pub(super) fn new(member: Member, is_polled: bool) -> Self {
        let parent = member.parent;
        let own = own_shard();
        let shard = &SHARDS[own];
        let serial = next_serial();
        shard.live.fetch_add(1, Relaxed);
        let mut slots = shard.slots.lock();
        let figures = match slots.vacant.pop() {
            Some(place) => {
                let slot = &mut slots.all[place];
                slot.member = member;
                slot.figures
            }
            None => {
                let home = Home::Slot(slots.all.len() * SHARDS.len() + own);
                // For good: the next entry uses them.
                let figures: &'static Figures = Box::leak(Box::new(Figures::new(home, &shard.live)));
                slots.all.push(Slot { figures, member });
                figures
            }
        };
        figures.serial.store(serial, Relaxed);
        figures.reset(is_polled);
        if let Some(parent) = parent {
            parent.users.fetch_add(1, Relaxed);
            parent.begun.fetch_add(1, Relaxed);
        }
        Self(figures)
    }

    #[cfg(all(tokio_unstable, feature = "tracing"))]
    pub(super) fn name(&self) -> crate::name::Name {
        let figures = self.0;
        match figures.home {
            Home::Slot(number) => {
                let (shard, place) = place_of(number);
                let who = SHARDS[shard].slots.lock().all[place].member.who.clone();
                who.name()
            }
            Home::Batch(batch, _) => {
                let (shard, place) = place_of(batch.number);
                let who = SHARDS[shard].slots.lock().batches[place].member(figures).map(|member| member.who);
                who.map_or(crate::name::LazyName::NONE.name(), |who| who.name())
            }
        }
    }

    /// Takes the entry out of the tree. What is below it stays.
    pub(super) fn unlist(&self) {
        if !self.0.is_gone.swap(true, Relaxed) {
            self.0.live.fetch_sub(1, Relaxed);
        }
    }
}

impl Clone for Listed {
    fn clone(&self) -> Self {
        self.0.users.fetch_add(1, Relaxed);
        Self(self.0)
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        release(Some(self.0));
    }
}

/// Takes away one use of an entry. Its place is used again if that was the last one, and so on upwards.
#[inline]
pub(super) fn release(mut next: Option<&'static Figures>) {
    // Up to the first entry that is still used. A loop, because groups may be deep.
    while let Some(figures) = next.filter(|figures| figures.users.fetch_sub(1, AcqRel) == 1) {
        debug_assert!(figures.is_gone.load(Relaxed), "what nothing uses has ended");
        next = match figures.home {
            Home::Slot(number) => vacate(number),
            Home::Batch(batch, entry) if batch.ends(entry) => give_back(batch),
            Home::Batch(..) => None,
        };
    }
}

/// Gives a slot back; returns the entry that it used.
fn vacate(number: usize) -> Option<&'static Figures> {
    let (shard, place) = place_of(number);
    let mut slots = SHARDS[shard].slots.lock();
    let Slot { figures, member } = &mut slots.all[place];
    figures.serial.store(0, Relaxed);
    // After the lock (invariant 3).
    let dropped = (member.who.take_given(), member.trace.take());
    let parent = member.parent;
    slots.vacant.push(place);
    drop(slots);
    drop(dropped);
    parent
}

/// Returns the number of groups and children that are alive.
#[cfg(feature = "tree")]
pub(crate) fn count() -> usize {
    SHARDS.iter().map(|shard| shard.live.load(Relaxed)).sum()
}

/// A group or child that is alive.
pub(crate) struct Entry {
    pub(crate) serial: u64,
    /// The nearest ancestor that is alive.
    pub(crate) parent: Option<u64>,
    /// Whether an ancestor in between has ended.
    #[cfg_attr(not(feature = "tree"), allow(dead_code, reason = "only the tree shows it"))]
    pub(crate) adopted: bool,
    pub(crate) member: Member,
    pub(crate) figures: Reading,
}

/// Returns everything that is alive, the oldest first.
pub(crate) fn entries() -> Vec<Entry> {
    let shards: Vec<MutexGuard<'_, Slots>> = SHARDS.iter().map(|shard| shard.slots.lock()).collect();
    let parent_of = |figures: &Figures| match figures.home {
        Home::Slot(number) => {
            let (shard, place) = place_of(number);
            shards[shard].all[place].member.parent
        }
        Home::Batch(batch, _) => {
            let (shard, place) = place_of(batch.number);
            shards[shard].batches[place].parent()
        }
    };
    let mut entries = Vec::new();
    let mut add = |figures: &'static Figures, member: Member| {
        let serial = figures.serial.load(Relaxed);
        if figures.is_gone.load(Relaxed) {
            return;
        }
        let mut parent = member.parent;
        let mut adopted = false;
        // Upward by a loop: a chain of groups that were dropped can be long.
        while let Some(gone) = parent.filter(|parent| parent.is_gone.load(Relaxed)) {
            adopted = true;
            parent = parent_of(gone);
        }
        let parent = parent.map(|parent| parent.serial.load(Relaxed));
        entries.push(Entry { serial, parent, adopted, member, figures: figures.read() });
    };
    for slots in &shards {
        let taken = slots.all.iter().filter(|slot| slot.figures.serial.load(Relaxed) != 0);
        taken.for_each(|slot| add(slot.figures, slot.member.clone()));
        slots.batches.iter().flat_map(Row::members).for_each(|(figures, member)| add(figures, member));
    }
    drop(shards);
    // After the locks: every group that begins or ends waits for one.
    entries.sort_unstable_by_key(|entry| entry.serial);
    entries
}

#[cfg(all(test, feature = "tree"))]
impl Listed {
    /// Adds a group of this name.
    pub(super) fn named(name: &str, parent: Option<&Self>) -> Self {
        use super::{figures::Moment, kind::Kind};
        use crate::name::{Name, Who};

        let member = Member {
            who: Who::Given(Name::from(name)),
            kind: Kind::Group,
            daemon: false,
            at: std::panic::Location::caller(),
            line: 1,
            since: Moment::now(),
            trace: None,
            parent: parent.map(|parent| parent.0),
        };
        Self::new(member, true)
    }
}

/// Returns the entry of this name.
#[cfg(all(test, feature = "tree"))]
pub(super) fn find(name: &str) -> Option<Entry> {
    entries().into_iter().find(|entry| *entry.member.who.name() == *name)
}

#[cfg(feature = "tree")]
#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn number(listed: &Listed) -> usize {
        match listed.0.home {
            Home::Slot(number) => number,
            Home::Batch(..) => unreachable!("it is no item"),
        }
    }

    #[test]
    fn an_entry_that_has_ended_keeps_its_slot_while_something_is_below_it() {
        let top = Listed::named("top", None);
        let (gone, middle) = (Listed::named("gone", Some(&top)), top.clone());
        let below = Listed::named("below", Some(&gone));
        let slot = number(&gone);
        gone.unlist();
        drop(gone);
        let others: Vec<_> = (0..100).map(|_| Listed::named("other", None)).collect();
        assert!(others.iter().all(|other| number(other) != slot));
        others.iter().for_each(Listed::unlist);
        assert!(find("gone").is_none());
        let (above, entry) = (find("top"), find("below"));
        let entry = entry.filter(|entry| entry.adopted).expect("it is alive, and its group has ended");
        assert_eq!(entry.parent, above.map(|above| above.serial));
        top.unlist();
        drop((top, middle, others));
        below.unlist();
        drop(below);
        assert!(find("below").is_none());
    }

    #[test]
    fn a_slot_is_used_again_when_nothing_uses_it() {
        let slots: HashSet<_> = (0..10_000)
            .map(|_| {
                let again = Listed::named("again", None);
                again.unlist();
                number(&again)
            })
            .collect();
        // Other tests may take some meanwhile.
        assert!(slots.len() < 100, "{} slots", slots.len());
    }
}
