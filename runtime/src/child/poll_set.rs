//! Any number of futures on the owner's task, each in a place of its own, polled when they are due.
//!
//! A future is first polled with the owner's waker. While few wait, that stays so, and every wake-up polls them all; it
//! is cheaper than to find out which one was woken. When more wait, a future that has to be polled again gets a waker of
//! its own, and is polled only when that was called. When many wait, one that begins in a new place is first polled with a
//! waker that it shares with its neighbours: thousands that wait are neither polled again nor given wakers for nothing.
//!
//! 1. Every future that waits is in one of three states: it holds the owner's waker and is on the list `fresh`; it holds
//!    a waker of its own or a shared one; or it is on the list `todo` of this round. One that is in none of them would never
//!    be polled.
//! 2. A round that ends early keeps its `todo`: every future that was due stays due, and those that were not reached come
//!    first, or one that uses up the budget would starve them.

use std::{
    pin::Pin,
    task::{Context, Waker},
};

use crate::{
    child::{
        pinned_slab::{PinnedSlab, Slot, SlotProj},
        ready_set::{ReadySet, block_of},
    },
    unwind::{Payload, guard},
};

/// Up to this number of waiting futures, all are polled whenever the owner is.
// With so few, a poll that finds nothing costs less than a waker of its own for each (docs/PERFORMANCE.md).
const FEW: usize = 8;

/// With more waiting futures than that, those that begin in new places share wakers.
// Those in used places do not: a call of the shared waker would poll the neighbours, which have wakers of their own already.
const MANY: usize = 128;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Vacant,
    /// It was last polled with the owner's waker, and is on the list `fresh`.
    Fresh,
    /// It has a waker of its own, or a shared one.
    Tracked,
    /// It is on the list of this round.
    Due,
}

struct Entry<M> {
    state: State,
    waker: Option<Waker>,
    meta: Option<M>,
}

/// The waker that futures in new places of one block share.
pub(crate) struct Shared {
    block: usize,
    pub(crate) waker: Waker,
}

/// How a future ended that was taken out, with its data, and with what its destructor panicked, if it did.
pub(crate) type Ended<R, M> = (R, M, Result<(), Payload>);

/// Futures `F`, each with the data `M` of its owner.
pub struct PollSet<F, M> {
    slab: PinnedSlab<F>,
    entries: Vec<Entry<M>>,
    vacant: Vec<u32>,
    fresh: Vec<u32>,
    /// The futures of this round, in order. Those before `next` have had their turn.
    todo: Vec<u32>,
    next: usize,
    woken: Vec<u32>,
    ready: ReadySet,
}

impl<F, M> Default for PollSet<F, M> {
    fn default() -> Self {
        Self {
            slab: PinnedSlab::default(),
            entries: Vec::new(),
            vacant: Vec::new(),
            fresh: Vec::new(),
            todo: Vec::new(),
            next: 0,
            woken: Vec::new(),
            ready: ReadySet::default(),
        }
    }
}

impl<F, M> PollSet<F, M> {
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.entries.len() - self.vacant.len()
    }

    /// Returns what is kept beside the futures.
    pub(crate) fn metas(&self) -> impl Iterator<Item = &M> {
        self.entries.iter().filter_map(|entry| entry.meta.as_ref())
    }

    /// Returns the place that the next future gets.
    #[inline]
    pub(crate) fn next_place(&self) -> usize {
        self.vacant.last().map_or(self.entries.len(), |place| *place as usize)
    }

    /// Makes the waker with which the next future begins, unless it begins with the owner's. `shared` is that of the one before
    /// it in this poll of the owner.
    #[inline]
    pub(crate) fn share(&mut self, shared: &mut Option<Shared>, owner: &Waker) {
        if self.entries.len() > MANY && self.vacant.is_empty() {
            self.share_block(shared, owner);
        }
    }

    fn share_block(&mut self, shared: &mut Option<Shared>, owner: &Waker) {
        let place = self.next_place();
        let block = block_of(place);
        if shared.as_ref().is_some_and(|shared| shared.block == block) {
            return;
        }
        // As the set of those that are woken demands. What it finds is due in the next round.
        self.ready.take(owner, &mut self.woken);
        *shared = Some(Shared { block, waker: self.ready.shared_waker(place, owner) });
    }

    /// Calls `step` with a future, which has the next place from now on. Only if `step` returns `None` does the future wait, and
    /// stay in the set: of one that is ready, nothing is kept. `sharing`: `step` polls it with a [`Shared`] waker, and not with
    /// the owner's.
    #[inline(always)]
    pub(crate) fn begin<R>(
        &mut self,
        future: F,
        mut meta: M,
        sharing: bool,
        step: impl FnOnce(Pin<&mut F>, &mut M) -> Option<R>,
    ) -> Option<Ended<R, M>> {
        let mut slot = self.slab.at_next(self.next_place());
        slot.set(Slot::Taken { future });
        let result = match slot.as_mut().project() {
            SlotProj::Taken { future } => step(future, &mut meta),
            SlotProj::Vacant => None,
        };
        match result {
            Some(result) => Some((result, meta, guard(|| slot.set(Slot::Vacant)))),
            None if sharing => {
                self.admit(State::Tracked, meta);
                None
            }
            None => {
                let place = self.admit(State::Fresh, meta);
                self.fresh.push(place);
                None
            }
        }
    }

    /// Takes in a future that has not been polled: it is due in the next round.
    pub(crate) fn insert(&mut self, future: F, meta: M) {
        self.slab.put(self.next_place(), future);
        let place = self.admit(State::Due, meta);
        self.todo.push(place);
    }

    /// Makes the entry of the future in the next place.
    fn admit(&mut self, state: State, meta: M) -> u32 {
        match self.vacant.pop() {
            // A place that was used before has its slot and, often, its waker already: no allocation.
            Some(place) => {
                let entry = &mut self.entries[place as usize];
                (entry.state, entry.meta) = (state, Some(meta));
                place
            }
            None => {
                self.entries.push(Entry { state, waker: None, meta: Some(meta) });
                (self.entries.len() - 1) as u32
            }
        }
    }

    /// Puts a future back that was due, and has not had its turn: it is due in the next round.
    pub(crate) fn put_off(&mut self, place: usize) {
        self.todo.push(place as u32);
    }

    /// Makes a waiting future due, woken or not.
    pub(crate) fn make_due(&mut self, place: usize) {
        let entry = &mut self.entries[place];
        match entry.state {
            State::Vacant | State::Due => return,
            // Off that list, or the next round would list it a second time.
            State::Fresh => self.fresh.retain(|fresh| *fresh != place as u32),
            State::Tracked => {}
        }
        entry.state = State::Due;
        self.todo.push(place as u32);
    }

    /// Begins a round: the futures that may have been woken are due; `all`: every future is.
    pub(crate) fn start_round(&mut self, owner: &Waker, all: bool) {
        self.make_fresh_due();
        // Taken even if all are due: the owner's waker has to be left for the next wake-up.
        self.ready.take(owner, &mut self.woken);
        if all {
            self.woken.clear();
            self.woken.extend(0..self.entries.len() as u32);
        }
        for place in self.woken.drain(..) {
            // The waker of a future that was removed may still be called, then for the next one in its place; and a shared one
            // is called for places that no future has had yet.
            let Some(entry) = self.entries.get_mut(place as usize) else { continue };
            if entry.state == State::Tracked {
                entry.state = State::Due;
                self.todo.push(place);
            }
        }
    }

    /// Returns `true` if a future may be due.
    pub(crate) fn has_due(&self) -> bool {
        self.next < self.todo.len()
    }

    /// Returns the place of the next future that is due.
    #[inline(always)]
    pub(crate) fn next_due(&mut self) -> Option<usize> {
        loop {
            let place = *self.todo.get(self.next)? as usize;
            self.next += 1;
            // A future that was removed, or made due twice, may still be on the list.
            if self.entries[place].state == State::Due {
                return Some(place);
            }
        }
    }

    /// Returns `true` if a future that has to wait again should get a waker of its own.
    #[inline]
    pub(crate) fn is_crowded(&self) -> bool {
        self.len() > FEW
    }

    /// Calls `step` with the future in `place`, and with the owner's context or, if `tracked`, its own. If `step` returns
    /// `None`, the future waits.
    #[inline(always)]
    pub(crate) fn step<R>(
        &mut self,
        place: usize,
        tracked: bool,
        cx: &mut Context<'_>,
        step: impl FnOnce(Pin<&mut F>, &mut M, &mut Context<'_>) -> Option<R>,
    ) -> Option<R> {
        let (future, entry) = (self.slab.get(place)?, &mut self.entries[place]);
        let meta = entry.meta.as_mut()?;
        let result = poll(future, meta, &mut entry.waker, &mut self.ready, (place, tracked), cx, step);
        if result.is_none() {
            self.waits(place, tracked);
        }
        result
    }

    /// Does what [`step`](Self::step) does, and takes the future out if `step` returns anything.
    #[inline(always)]
    pub(crate) fn step_out<R>(
        &mut self,
        place: usize,
        tracked: bool,
        cx: &mut Context<'_>,
        step: impl FnOnce(Pin<&mut F>, &mut M, &mut Context<'_>) -> Option<R>,
    ) -> Option<Ended<R, M>> {
        let (mut slot, entry) = (self.slab.at(place), &mut self.entries[place]);
        let (SlotProj::Taken { future }, Some(meta)) = (slot.as_mut().project(), &mut entry.meta) else { return None };
        match poll(future, meta, &mut entry.waker, &mut self.ready, (place, tracked), cx, step) {
            Some(result) => {
                let dropped = guard(|| slot.set(Slot::Vacant));
                self.vacate(place).map(|meta| (result, meta, dropped))
            }
            None => {
                self.waits(place, tracked);
                None
            }
        }
    }

    /// Notes that the future in `place`, which was due, waits.
    #[inline(always)]
    fn waits(&mut self, place: usize, tracked: bool) {
        let entry = &mut self.entries[place];
        if tracked {
            entry.state = State::Tracked;
        } else {
            entry.state = State::Fresh;
            // With the owner's waker, it cannot be known whether it was
            // woken: it is due whenever the owner is polled.
            self.fresh.push(place as u32);
        }
    }

    /// Drops the future in `place`. Returns the owner's data, and what its destructor panicked with, if it did.
    #[inline(always)]
    pub(crate) fn remove(&mut self, place: usize) -> (Option<M>, Result<(), Payload>) {
        // In place: a pinned future is not moved, not even to be dropped.
        let dropped = guard(|| self.slab.clear(place));
        // Rare, so a search will do: a future that ends in its poll is due, not fresh.
        if self.entries[place].state == State::Fresh {
            self.fresh.retain(|fresh| *fresh != place as u32);
        }
        (self.vacate(place), dropped)
    }

    /// Gives the place of a future that was dropped to the next one. Returns the owner's data.
    #[inline(always)]
    fn vacate(&mut self, place: usize) -> Option<M> {
        let entry = &mut self.entries[place];
        // The waker stays with the place, for the next future in it: making one is an allocation.
        entry.state = State::Vacant;
        self.vacant.push(place as u32);
        entry.meta.take()
    }

    pub(crate) fn meta(&mut self, place: usize) -> Option<&mut M> {
        self.entries.get_mut(place)?.meta.as_mut()
    }

    /// Returns the places that are taken, in the order of `key`.
    pub(crate) fn places_by<K: Ord>(&self, key: impl Fn(&M) -> K) -> Vec<usize> {
        let taken = |place: &usize| self.entries[*place].state != State::Vacant;
        let mut places: Vec<_> = (0..self.entries.len()).filter(taken).collect();
        let key = |place: &usize| self.entries[*place].meta.as_ref().map(&key);
        // Places are reused, so their order need not be the written one; usually it is.
        if !places.is_sorted_by_key(key) {
            places.sort_by_key(key);
        }
        places
    }

    /// Makes the futures on the list `fresh` due.
    pub(crate) fn make_fresh_due(&mut self) {
        for place in &self.fresh {
            self.entries[*place as usize].state = State::Due;
        }
        self.todo.drain(..self.next);
        self.next = 0;
        if self.todo.is_empty() {
            // The two lists change places, so that both keep their memory.
            std::mem::swap(&mut self.todo, &mut self.fresh);
        } else {
            self.todo.append(&mut self.fresh);
        }
    }
}

/// Calls `step` with the owner's context, or with that of the future in `place` if it is `tracked`.
#[inline(always)]
fn poll<F, M, R>(
    future: Pin<&mut F>,
    meta: &mut M,
    waker: &mut Option<Waker>,
    ready: &mut ReadySet,
    (place, tracked): (usize, bool),
    cx: &mut Context<'_>,
    step: impl FnOnce(Pin<&mut F>, &mut M, &mut Context<'_>) -> Option<R>,
) -> Option<R> {
    // Made at the first tracked poll: a future that never waits in a crowd never needs one.
    let waker = if tracked { waker.get_or_insert_with(|| ready.waker(place, cx.waker())) } else { cx.waker() };
    // One call for both, so that `step` becomes part of its caller.
    step(future, meta, &mut Context::from_waker(waker))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Polls the futures that are due, which go on waiting; returns their places.
    fn polled(set: &mut PollSet<(), usize>) -> Vec<usize> {
        let owner = Waker::noop();
        set.start_round(owner, false);
        let mut places = Vec::new();
        while let Some(place) = set.next_due() {
            let ended = set.step(place, true, &mut Context::from_waker(owner), |_, _, _| None::<()>);
            assert!(ended.is_none());
            places.push(place);
        }
        places
    }

    #[test]
    fn of_many_that_wait_those_near_one_that_is_woken_are_polled_once() {
        let owner = Waker::noop();
        let (mut set, mut wakers, mut shared) = (PollSet::default(), Vec::new(), None);
        for number in 0..1000 {
            set.share(&mut shared, owner);
            let waker = shared.as_ref().map_or(owner, |shared: &Shared| &shared.waker);
            let step = |_: Pin<&mut ()>, _: &mut usize| {
                wakers.push(waker.clone());
                None::<()>
            };
            assert!(set.begin((), number, shared.is_some(), step).is_none());
        }
        // Those that began while fewer waited: they may have been woken.
        assert!(polled(&mut set).into_iter().eq(0..=MANY));
        assert!(polled(&mut set).is_empty());
        wakers[500].wake_by_ref();
        assert!(polled(&mut set).into_iter().eq(448..512));
        wakers[501].wake_by_ref();
        wakers[700].wake_by_ref();
        // A shared waker that was kept is still heard, and so is that of another block.
        assert!(polled(&mut set).into_iter().eq((448..512).chain(640..704)));
    }
}
