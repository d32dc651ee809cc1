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
//! 4. Only a snapshot holds more than one lock. It takes all of them, in order: what it sees existed at one moment.

use std::{cell::Cell, panic::Location};

use super::{
    figures::{Figures, Moment, Reading},
    kind::Kind,
    trace::GroupTrace,
};
use crate::{
    name::Who,
    sync::{
        Mutex, MutexGuard,
        atomic::{
            AtomicU64, AtomicUsize,
            Ordering::{AcqRel, Relaxed},
        },
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

/// What stays the same of a group or child while it is alive.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) who: Who,
    pub(crate) kind: Kind,
    pub(crate) daemon: bool,
    /// The place of its group.
    #[cfg_attr(not(feature = "tree"), allow(dead_code, reason = "only the tree shows it"))]
    pub(crate) at: &'static Location<'static>,
    /// Its own line in that file; 0 if that is not known.
    #[cfg_attr(not(feature = "tree"), allow(dead_code, reason = "only the tree shows it"))]
    pub(crate) line: u32,
    #[cfg_attr(not(feature = "tree"), allow(dead_code, reason = "only the tree shows it"))]
    pub(crate) since: Moment,
    /// Of a group, for reports that come from another thread.
    #[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "only reports of stalls need it"))]
    pub(super) trace: Option<GroupTrace>,
    pub(super) parent: Option<&'static Figures>,
}

struct Slot {
    figures: &'static Figures,
    /// A slot is used again, a serial number never: the tree shows it. 0 if the slot is vacant.
    serial: u64,
    member: Member,
}

struct Slots {
    all: Vec<Slot>,
    vacant: Vec<usize>,
}

/// A part of the registry, so that threads seldom wait for each other.
struct Shard {
    slots: Mutex<Slots>,
    live: AtomicUsize,
}

static SHARDS: [Shard; 16] =
    [const { Shard { slots: Mutex::new(Slots { all: Vec::new(), vacant: Vec::new() }), live: AtomicUsize::new(0) } };
        16];

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

/// The shard of a slot, and the place of the slot in it.
fn place_of(figures: &Figures) -> (usize, usize) {
    (figures.slot % SHARDS.len(), figures.slot / SHARDS.len())
}

/// A handle of an entry. The entry is in the tree until [`unlist`](Self::unlist), and its slot is taken as long as this exists.
pub(super) struct Listed(pub(super) &'static Figures);

impl Listed {
    /// Adds a member, which `is_polled` now for the first time, or waits for that.
    pub(super) fn new(member: Member, is_polled: bool) -> Self {
        let parent = member.parent;
        let own = own_shard();
        let shard = &SHARDS[own];
        let serial = SERIAL.fetch_add(1, Relaxed) + 1;
        shard.live.fetch_add(1, Relaxed);
        let mut slots = shard.slots.lock();
        let figures = match slots.vacant.pop() {
            Some(place) => {
                let slot = &mut slots.all[place];
                slot.serial = serial;
                slot.member = member;
                slot.figures
            }
            None => {
                // For good: the next entry uses them.
                let figures: &'static Figures = Box::leak(Box::new(Figures::new(slots.all.len() * SHARDS.len() + own)));
                slots.all.push(Slot { figures, serial, member });
                figures
            }
        };
        figures.reset(is_polled);
        if let Some(parent) = parent {
            parent.users.fetch_add(1, Relaxed);
            parent.begun.fetch_add(1, Relaxed);
        }
        Self(figures)
    }

    #[cfg(all(tokio_unstable, feature = "tracing"))]
    pub(super) fn name(&self) -> crate::name::Name {
        let (shard, place) = place_of(self.0);
        let who = SHARDS[shard].slots.lock().all[place].member.who.clone();
        who.name()
    }

    /// Takes the entry out of the tree. What is below it stays.
    pub(super) fn unlist(&self) {
        if !self.0.is_gone.swap(true, Relaxed) {
            SHARDS[place_of(self.0).0].live.fetch_sub(1, Relaxed);
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
        let mut next = Some(self.0);
        // Up to the first entry that is still used. A loop, because groups may be deep.
        while let Some(figures) = next.filter(|figures| figures.users.fetch_sub(1, AcqRel) == 1) {
            debug_assert!(figures.is_gone.load(Relaxed), "what nothing uses has ended");
            let (shard, place) = place_of(figures);
            let mut slots = SHARDS[shard].slots.lock();
            let Slot { serial, member, .. } = &mut slots.all[place];
            *serial = 0;
            // After the lock (invariant 3).
            let dropped = (member.who.take_given(), member.trace.take());
            next = member.parent;
            slots.vacant.push(place);
            drop(slots);
            drop(dropped);
        }
    }
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
    let at = |figures: &Figures| {
        let (shard, place) = place_of(figures);
        &shards[shard].all[place]
    };
    let mut entries = Vec::new();
    for slot in shards.iter().flat_map(|slots| &slots.all) {
        let Slot { figures, serial, ref member } = *slot;
        if serial == 0 || figures.is_gone.load(Relaxed) {
            continue;
        }
        let mut parent = member.parent;
        let mut adopted = false;
        // Upward by a loop: a chain of groups that were dropped can be long.
        while let Some(gone) = parent.filter(|parent| parent.is_gone.load(Relaxed)) {
            adopted = true;
            parent = at(gone).member.parent;
        }
        let parent = parent.map(|parent| at(parent).serial);
        entries.push(Entry { serial, parent, adopted, member: member.clone(), figures: figures.read() });
    }
    drop(shards);
    // After the locks: every group that begins or ends waits for one.
    entries.sort_unstable_by_key(|entry| entry.serial);
    entries
}

#[cfg(feature = "tree")]
#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::name::Name;

    fn listed(name: &str, parent: Option<&Listed>) -> Listed {
        let member = Member {
            who: Who::Given(Name::from(name)),
            kind: Kind::Group,
            daemon: false,
            at: Location::caller(),
            line: 1,
            since: Moment::now(),
            trace: None,
            parent: parent.map(|parent| parent.0),
        };
        Listed::new(member, true)
    }

    fn find(name: &str) -> Option<Entry> {
        entries().into_iter().find(|entry| *entry.member.who.name() == *name)
    }

    #[test]
    fn an_entry_that_has_ended_keeps_its_slot_while_something_is_below_it() {
        let top = listed("top", None);
        let (gone, middle) = (listed("gone", Some(&top)), top.clone());
        let below = listed("below", Some(&gone));
        let slot = gone.0.slot;
        gone.unlist();
        drop(gone);
        let others: Vec<_> = (0..100).map(|_| listed("other", None)).collect();
        assert!(others.iter().all(|other| other.0.slot != slot));
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
                let again = listed("again", None);
                again.unlist();
                again.0.slot
            })
            .collect();
        // Other tests may take some meanwhile.
        assert!(slots.len() < 100, "{} slots", slots.len());
    }
}
