//! Every group and child that is alive, each with its parent.
//!
//! 1. A slot is used again only when nothing below it is left: until then one that has ended stays, marked as gone. So a
//!    parent's index is valid for as long as its child has a slot.
//! 2. An entry whose parent has ended counts as adopted: its group was dropped, and an enclosing group waits for it.
//! 3. No code of a subscriber runs, and no name is dropped, while the lock is held: a subscriber may take a snapshot.

use std::{
    panic::Location,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU16, AtomicUsize, Ordering::Relaxed},
    },
};

#[cfg(feature = "tree")]
use super::activity::Activity;
use super::{kind::Kind, trace::Trace, waits::Waits};
use crate::{
    name::{LazyName, Name, Who},
    slab::Slab,
    sync::{Mutex, MutexGuard},
};

/// The state of a group or child.
///
#[cfg_attr(feature = "tree", doc = "```")]
#[cfg_attr(not(feature = "tree"), doc = "```ignore")]
/// assert_eq!(taskgroup::tree::State::Running.as_str(), "running");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum State {
    /// It has been handed to a task or a thread, and has not begun.
    Queued,
    /// A group that has begun, and is in none of the states below; a child that a thread runs at this moment.
    Running,
    /// A child between two polls.
    Waiting,
    /// A group that takes nothing new.
    Draining,
    /// A group that was cancelled, and whose children may react.
    Cancelled,
    /// A group whose children were dropped where possible, and that waits for the others; a child that ends by itself.
    Stopping,
}

impl State {
    #[cfg(feature = "tree")]
    pub(crate) const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Waiting, Self::Draining, Self::Cancelled, Self::Stopping];
}

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

/// The data of one group or child.
pub(crate) struct Member {
    pub(crate) who: Who,
    pub(crate) kind: Kind,
    pub(crate) daemon: bool,
    /// The file of the group, and the line in it: 0 if it is not known.
    #[cfg(feature = "tree")]
    pub(crate) place: Place,
    #[cfg(feature = "tree")]
    pub(crate) activity: Activity,
    state: AtomicU8,
    waits: AtomicU16,
    /// How often it was polled.
    pub(crate) polls: AtomicUsize,
    /// How many children began.
    pub(crate) begun: AtomicUsize,
    /// How many children ended.
    pub(crate) ended: AtomicUsize,
    pub(super) trace: Trace,
}

impl Member {
    pub(super) fn group(name: Name, at: &'static Location<'static>, trace: Trace) -> Self {
        Self::new(Who::new(LazyName::NONE, Some(name)), Kind::Group, false, (at.file(), at.line()), trace)
    }

    /// Makes a child of this group.
    pub(super) fn child(&self, who: Who, kind: Kind, daemon: bool) -> Self {
        let trace = self.trace.child(&who, kind, daemon);
        #[cfg(feature = "tree")]
        let place = (self.place.file, who.line());
        #[cfg(not(feature = "tree"))]
        let place = ("", 0);
        Self::new(who, kind, daemon, place, trace)
    }

    #[cfg_attr(not(feature = "tree"), allow(unused_variables, reason = "only the tree shows the place"))]
    fn new(who: Who, kind: Kind, daemon: bool, (file, line): (&'static str, u32), trace: Trace) -> Self {
        // A group is added in its first poll, a child when it is handed to what will run it.
        let (state, polls) = if kind == Kind::Group { (State::Running, 1) } else { (State::Queued, 0) };
        Self {
            who,
            kind,
            daemon,
            #[cfg(feature = "tree")]
            place: Place { file, line },
            #[cfg(feature = "tree")]
            activity: Activity::new(),
            state: AtomicU8::new(state as u8),
            waits: AtomicU16::new(0),
            polls: AtomicUsize::new(polls),
            begun: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            trace,
        }
    }

    #[cfg(feature = "tracing")]
    pub(crate) fn is(&self, state: State) -> bool {
        self.state.load(Relaxed) == state as u8
    }

    #[cfg(feature = "tree")]
    pub(crate) fn state(&self) -> State {
        State::ALL[self.state.load(Relaxed) as usize]
    }

    pub(super) fn set(&self, state: State) {
        self.state.store(state as u8, Relaxed);
    }

    /// Returns what it waits in.
    pub(crate) fn waits(&self) -> Waits {
        Waits(self.waits.load(Relaxed))
    }

    pub(super) fn set_waits(&self, waits: u16) {
        self.waits.store(waits, Relaxed);
    }

    /// Notes the beginning of a poll.
    #[inline]
    pub(super) fn poll_begins(&self) -> u64 {
        // Relaxed, like every figure here: the tree and the watcher show it, and nothing is decided by it. Not `fetch_add`,
        // because one thread at a time polls it.
        self.polls.store(self.polls.load(Relaxed).wrapping_add(1), Relaxed);
        #[cfg(feature = "tree")]
        return self.activity.begin();
        #[cfg(not(feature = "tree"))]
        0
    }

    #[inline]
    #[cfg_attr(not(feature = "tree"), allow(unused_variables, reason = "only the tree shows the time"))]
    pub(super) fn poll_ends(&self, begun: u64) {
        #[cfg(feature = "tree")]
        self.activity.end(begun);
    }
}

struct Slot {
    member: Arc<Member>,
    parent: Option<usize>,
    serial: u64,
    /// How many slots have this one as their parent.
    below: usize,
    is_gone: bool,
}

struct Registry {
    slots: Slab<Slot>,
    serial: u64,
    live: usize,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { slots: Slab::new(), serial: 0, live: 0 });

fn lock() -> MutexGuard<'static, Registry> {
    REGISTRY.lock()
}

/// Adds a member; returns the index by which it is removed.
pub(super) fn add(parent: Option<usize>, member: Arc<Member>) -> usize {
    let mut registry = lock();
    // A slot is used again, a serial number never: the tree shows it.
    registry.serial += 1;
    registry.live += 1;
    let slot = Slot { member, parent, serial: registry.serial, below: 0, is_gone: false };
    let index = registry.slots.insert(slot);
    if let Some(parent) = parent.and_then(|parent| registry.slots.get_mut(parent)) {
        parent.below += 1;
        parent.member.begun.fetch_add(1, Relaxed);
    }
    index
}

pub(super) fn remove(index: usize) {
    let mut dropped = Vec::new();
    let mut registry = lock();
    registry.live -= 1;
    let Some(slot) = registry.slots.get_mut(index) else { return };
    // Marked, and not removed: entries below may still refer to it by its index.
    slot.is_gone = true;
    let parent = slot.parent;
    if let Some(parent) = parent.and_then(|parent| registry.slots.get(parent)) {
        parent.member.ended.fetch_add(1, Relaxed);
    }
    // Up to the first entry that is alive, or has something else below. A loop, because groups may be deep.
    let mut next = Some(index);
    while let Some(index) = next {
        if !registry.slots.get(index).is_some_and(|slot| slot.is_gone && slot.below == 0) {
            break;
        }
        let Some(slot) = registry.slots.remove(index) else { break };
        next = slot.parent;
        if let Some(parent) = slot.parent.and_then(|parent| registry.slots.get_mut(parent)) {
            parent.below -= 1;
        }
        // Invariant 3.
        dropped.push(slot.member);
    }
    // The members last: their spans call the subscriber when they are dropped.
    drop(registry);
    drop(dropped);
}

/// Returns the number of groups and children that are alive.
#[cfg(feature = "tree")]
pub(crate) fn count() -> usize {
    lock().live
}

/// A group or child that is alive.
pub(crate) struct Entry {
    pub(crate) serial: u64,
    /// The nearest ancestor that is alive.
    pub(crate) parent: Option<u64>,
    /// Whether an ancestor in between has ended.
    #[cfg_attr(not(feature = "tree"), allow(dead_code, reason = "only the tree shows it"))]
    pub(crate) adopted: bool,
    pub(crate) member: Arc<Member>,
}

/// Returns everything that is alive, the oldest first.
pub(crate) fn entries() -> Vec<Entry> {
    let registry = lock();
    let mut entries = Vec::with_capacity(registry.live);
    for slot in registry.slots.iter().filter(|slot| !slot.is_gone) {
        let above = |slot: &Slot| slot.parent.and_then(|parent| registry.slots.get(parent));
        let mut parent = above(slot);
        let mut adopted = false;
        // Upward by a loop: a chain of groups that were dropped can be long.
        while let Some(gone) = parent.filter(|parent| parent.is_gone) {
            adopted = true;
            parent = above(gone);
        }
        let parent = parent.map(|parent| parent.serial);
        entries.push(Entry { serial: slot.serial, parent, adopted, member: slot.member.clone() });
    }
    drop(registry);
    // After the lock: every group that begins or ends waits for it.
    entries.sort_unstable_by_key(|entry| entry.serial);
    entries
}
