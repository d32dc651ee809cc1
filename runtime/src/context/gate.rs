//! How code outside a group takes part in it: the gate of a spawner, and the members of the group that are polled elsewhere.
//!
//! 1. A gate opens into the group in which its jobs are first polled. Until then, whatever enters waits in front of it.
//! 2. `Members` says whether the group takes anything new. It is closed once, for good, before the group looks at how many
//!    members are left: so none slips in between the last count and the end. Both happen under the lock of `Members`.
//! 3. Locks are taken in one order: that of the gate, then that of the members. Closing goes the other way, and holds one
//!    at a time.
//! 4. A closed gate stays closed. Whether it is closed may be read without a lock: what is accepted after that is decided
//!    under the lock of the queue (`spawner/queue.rs`), which the reader of the queue closes last.
//! 5. No waker is called or dropped, and no guard is given up, while a lock is held.
//!
//! `tests/loom` explores the interleavings of this file.

use std::task::Waker;

use crate::{
    slab::Slab,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicU8, Ordering},
    },
    unwind::wake_all,
    waker::WakerSlot,
};

/// A group, as its gates know it.
pub(crate) trait Group: Clone {
    /// Keeps the group, or the enclosing one after it was dropped, waiting.
    type Guard: Clone;

    /// Returns a guard; `None` if the group is gone.
    fn guard(&self) -> Option<Self::Guard>;
}

/// The members of one group that are polled elsewhere, and the gates that lead into it.
pub(crate) struct Members<G: Group>(Mutex<Inside<G>>);

struct Inside<G: Group> {
    is_closed: bool,
    places: Slab<()>,
    count: usize,
    /// The owner of the group, while it waits for the last member.
    owner: WakerSlot,
    gates: Slab<Weak<Gate<G>>>,
}

impl<G: Group> Members<G> {
    pub(crate) fn new(is_closed: bool) -> Self {
        Self(Mutex::new(Inside {
            is_closed,
            places: Slab::default(),
            count: 0,
            owner: WakerSlot::default(),
            gates: Slab::default(),
        }))
    }

    fn begin(&self) -> Option<usize> {
        let mut inside = self.0.lock();
        if inside.is_closed {
            return None;
        }
        inside.count += 1;
        Some(inside.places.insert(()))
    }

    fn end(&self, place: usize) {
        let owner = {
            let mut inside = self.0.lock();
            inside.places.remove(place);
            inside.count -= 1;
            if inside.count == 0 { inside.owner.take() } else { None }
        };
        wake_all(owner);
    }

    /// Takes nothing new from now on. `revoke`: what was accepted, and has not begun, is given up.
    pub(crate) fn close(&self, revoke: bool) {
        let gates: Vec<_> = {
            let mut inside = self.0.lock();
            inside.is_closed = true;
            inside.gates.iter().filter_map(Weak::upgrade).collect()
        };
        gates.iter().for_each(|gate| gate.close(revoke));
    }

    /// Returns `true` if no member is left. Otherwise the owner is woken when the last one has ended.
    pub(crate) fn are_gone(&self, owner: &Waker) -> bool {
        {
            let inside = self.0.lock();
            if inside.count == 0 || inside.owner.holds(owner) {
                return inside.count == 0;
            }
        }
        // Cloned outside the lock; the last member may have ended meanwhile.
        let owner = owner.clone();
        let (gone, unneeded) = {
            let mut inside = self.0.lock();
            let gone = inside.count == 0;
            (gone, if gone { Some(owner) } else { inside.owner.replace(owner) })
        };
        drop(unneeded);
        gone
    }
}

/// A member of a group, until it is dropped.
pub(crate) struct Member<G: Group> {
    members: Arc<Members<G>>,
    place: usize,
    // Last, because fields are dropped in order: a group that was dropped is waited for until the member has ended.
    guard: G::Guard,
}

impl<G: Group> Member<G> {
    /// Returns a number that no other member of the group has at this time.
    pub(crate) fn place(&self) -> usize {
        self.place
    }

    pub(crate) fn guard(&self) -> &G::Guard {
        &self.guard
    }
}

impl<G: Group> Drop for Member<G> {
    fn drop(&mut self) {
        self.members.end(self.place);
    }
}

const CLOSED: u8 = 1;
const REVOKED: u8 = 2;
const OPENED: u8 = 4;

/// The gate of a spawner.
pub(crate) struct Gate<G: Group> {
    state: AtomicU8,
    shared: Mutex<Shared<G>>,
}

struct Shared<G: Group> {
    group: Option<Entered<G>>,
    /// What came before the group was known.
    early: Slab<Early<G>>,
    /// Those who wait until the gate is closed.
    waiting: Slab<Waker>,
}

struct Entered<G: Group> {
    members: Arc<Members<G>>,
    /// The place of the gate among those of the group.
    place: usize,
    group: G,
}

struct Early<G: Group> {
    waker: WakerSlot,
    member: Option<Member<G>>,
}

impl<G: Group> Default for Gate<G> {
    fn default() -> Self {
        Self {
            state: AtomicU8::new(0),
            shared: Mutex::new(Shared { group: None, early: Slab::default(), waiting: Slab::default() }),
        }
    }
}

/// What becomes of a future that is polled elsewhere.
pub(crate) enum Admission<G: Group> {
    /// It is a member of the group.
    Member(Member<G>),
    /// It waits in front of the gate, in this place.
    Early(usize),
}

impl<G: Group> Gate<G> {
    pub(crate) fn is_closed(&self) -> bool {
        self.state.load(Ordering::Acquire) & CLOSED != 0
    }

    /// Returns `true` if what was accepted and has not begun is given up: the group was cancelled.
    pub(crate) fn is_revoked(&self) -> bool {
        self.state.load(Ordering::Acquire) & REVOKED != 0
    }

    /// Returns `true` if the gate was opened into a group, which is done once.
    pub(crate) fn was_opened(&self) -> bool {
        self.state.load(Ordering::Acquire) & OPENED != 0
    }

    /// Opens the gate into a group, for good. What waited in front of it becomes a member.
    pub(crate) fn open_into(gate: &Arc<Self>, members: &Arc<Members<G>>, group: G) {
        gate.state.fetch_or(OPENED, Ordering::AcqRel);
        // Before the locks: making a guard takes those of the scopes.
        let guard = group.guard();
        let place = {
            let mut inside = members.0.lock();
            if inside.is_closed { None } else { Some(inside.gates.insert(Arc::downgrade(gate))) }
        };
        let (Some(place), Some(guard)) = (place, guard) else {
            // The group is over, drains, or is cancelled. Nothing that is accepted would run in it.
            return gate.close(false);
        };
        let woken: Vec<_> = {
            let mut shared = gate.shared.lock();
            let shared = &mut *shared;
            shared.group = Some(Entered { members: members.clone(), place, group });
            let admit = |early: &mut Early<G>| {
                let member = |place| Member { members: members.clone(), place, guard: guard.clone() };
                early.member = members.begin().map(member);
                early.waker.take()
            };
            shared.early.iter_mut().filter_map(admit).collect()
        };
        // They look at the orders of the group from now on.
        wake_all(woken);
    }

    /// Returns the group into which it was opened.
    #[allow(dead_code, reason = "only the layer of tower's asks")]
    pub(crate) fn group(&self) -> Option<G> {
        self.shared.lock().group.as_ref().map(|entered| entered.group.clone())
    }

    /// Admits a future that is polled elsewhere; `None` if the gate is closed.
    pub(crate) fn admit(&self) -> Option<Admission<G>> {
        let (members, group) = {
            let mut shared = self.shared.lock();
            if self.is_closed() {
                return None;
            }
            match &shared.group {
                Some(entered) => (entered.members.clone(), entered.group.clone()),
                None => {
                    let early = Early { waker: WakerSlot::default(), member: None };
                    return Some(Admission::Early(shared.early.insert(early)));
                }
            }
        };
        // Before it is decided, so that a group which is dropped meanwhile finds the guard; it is given up if not needed.
        let guard = group.guard()?;
        let place = members.begin()?;
        Some(Admission::Member(Member { members, place, guard }))
    }

    /// Returns the membership of what waits in `place`, once the gate has been opened. `Err` if it never will be. Otherwise
    /// `waker` is woken when it is.
    pub(crate) fn poll_early(&self, place: usize, waker: &Waker) -> Result<Option<Member<G>>, ()> {
        let mut waker = Some(waker.clone());
        let result = {
            let mut shared = self.shared.lock();
            let over = shared.group.is_some() || self.is_closed();
            match shared.early.get_mut(place) {
                Some(early) if early.member.is_some() => Ok(early.member.take()),
                Some(early) if !over => {
                    waker = waker.and_then(|waker| early.waker.replace(waker));
                    Ok(None)
                }
                _ => Err(()),
            }
        };
        drop(waker);
        result
    }

    /// What waited in `place` does so no more.
    pub(crate) fn leave(&self, place: usize) {
        // Its membership may have come meanwhile.
        let early = self.shared.lock().early.remove(place);
        drop(early);
    }

    /// Closes the gate. `revoke`: what was accepted, and has not begun, is given up.
    pub(crate) fn close(&self, revoke: bool) {
        let wakers: Vec<_> = {
            let mut shared = self.shared.lock();
            self.state.fetch_or(if revoke { CLOSED | REVOKED } else { CLOSED }, Ordering::AcqRel);
            let waiting = shared.waiting.take();
            waiting.chain(shared.early.iter_mut().filter_map(|early| early.waker.take())).collect()
        };
        wake_all(wakers);
    }

    /// Returns `true` if the gate is closed. Otherwise keeps the waker, in the place `key`, until it is.
    pub(crate) fn poll_closed(&self, key: &mut Option<usize>, waker: &Waker) -> bool {
        if self.is_closed() {
            return true;
        }
        let mut waker = waker.clone();
        let mut shared = self.shared.lock();
        if self.is_closed() {
            drop(shared);
            return true;
        }
        match key.and_then(|key| shared.waiting.get_mut(key)) {
            Some(kept) => std::mem::swap(kept, &mut waker),
            None => {
                *key = Some(shared.waiting.insert(waker));
                return false;
            }
        }
        drop(shared);
        drop(waker);
        false
    }

    /// The waker in the place `key` is no longer to be woken.
    pub(crate) fn forget(&self, key: usize) {
        // Once the gate is closed the list is empty for good, so no other waker is removed.
        let waker = self.shared.lock().waiting.remove(key);
        drop(waker);
    }
}

impl<G: Group> Drop for Gate<G> {
    fn drop(&mut self) {
        // A group may live for as long as the program: a gate leaves nothing behind in it.
        if let Some(entered) = self.shared.lock().group.take() {
            entered.members.0.lock().gates.remove(entered.place);
        }
    }
}
