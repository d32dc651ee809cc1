//! Any number of futures on the owner's task, each in a place of its own, polled when they are due.
//!
//! A future is first polled with the owner's waker. While few wait, that stays so, and every wake-up polls them all; it
//! is cheaper than to find out which one was woken. When many wait, a future that has to be polled again gets a waker of
//! its own, and is polled only when that was called.
//!
//! 1. Every future that waits is in one of three states: it holds the owner's waker and is on the list `fresh`; it holds
//!    a waker of its own; or it is on the list `todo` of this round. One that is in none of them would never be polled.
//! 2. A round that ends early keeps its `todo`: every future that was due stays due, and those that were not reached come
//!    first, or one that uses up the budget would starve them.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Waker},
};

use crate::{
    child::{pinned_slab::PinnedSlab, ready_set::ReadySet},
    unwind::{Payload, guard},
};

/// Up to this number of waiting futures, all are polled whenever the owner is.
// With so few, a poll that finds nothing costs less than a waker of its own for each (docs/PERFORMANCE.md).
const FEW: usize = 8;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Vacant,
    /// It was last polled with the owner's waker, and is on the list `fresh`.
    Fresh,
    /// It has a waker of its own.
    Tracked,
    /// It is on the list of this round.
    Due,
}

struct Entry<M> {
    state: State,
    waker: Option<Waker>,
    meta: Option<M>,
}

/// Futures `F`, each with the data `M` of its owner.
pub struct PollSet<F, M> {
    slab: PinnedSlab<F>,
    entries: Vec<Entry<M>>,
    vacant: Vec<u32>,
    fresh: Vec<u32>,
    todo: VecDeque<u32>,
    woken: Vec<u32>,
    ready: ReadySet,
    count: usize,
}

impl<F, M> Default for PollSet<F, M> {
    fn default() -> Self {
        Self {
            slab: PinnedSlab::default(),
            entries: Vec::new(),
            vacant: Vec::new(),
            fresh: Vec::new(),
            todo: VecDeque::new(),
            woken: Vec::new(),
            ready: ReadySet::default(),
            count: 0,
        }
    }
}

impl<F, M> PollSet<F, M> {
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Returns what is kept beside the futures.
    pub(crate) fn metas(&self) -> impl Iterator<Item = &M> {
        self.entries.iter().filter_map(|entry| entry.meta.as_ref())
    }

    /// Returns the place that the next future gets.
    pub(crate) fn next_place(&self) -> usize {
        self.vacant.last().map_or(self.entries.len(), |place| *place as usize)
    }

    /// Takes a future in. It is not on any list yet: poll it, or put it on the list with [`put_off`](Self::put_off).
    #[inline(always)]
    pub(crate) fn insert(&mut self, future: F, meta: M) -> usize {
        let place = match self.vacant.pop() {
            // A place that was used before has its slot and, often, its waker already: no allocation.
            Some(place) => place as usize,
            None => {
                self.entries.push(Entry { state: State::Vacant, waker: None, meta: None });
                self.entries.len() - 1
            }
        };
        let entry = &mut self.entries[place];
        entry.state = State::Due;
        entry.meta = Some(meta);
        self.slab.put(place, future);
        self.count += 1;
        place
    }

    /// Makes a future that has not been polled yet due in the next round.
    pub(crate) fn put_off(&mut self, place: usize) {
        self.todo.push_back(place as u32);
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
        self.todo.push_back(place as u32);
    }

    /// Begins a round: the futures that may have been woken are due; `all`: every future is.
    pub(crate) fn start_round(&mut self, owner: &Waker, all: bool) {
        for place in self.fresh.drain(..) {
            self.entries[place as usize].state = State::Due;
            self.todo.push_back(place);
        }
        // Taken even if all are due: the owner's waker has to be left for the next wake-up.
        self.ready.take(owner, &mut self.woken);
        if all {
            self.woken.clear();
            self.woken.extend(0..self.entries.len() as u32);
        }
        for place in self.woken.drain(..) {
            // The waker of a future that was removed may still be called, then for the next one in its place.
            let entry = &mut self.entries[place as usize];
            if entry.state == State::Tracked {
                entry.state = State::Due;
                self.todo.push_back(place);
            }
        }
    }

    /// Returns `true` if a future may be due.
    pub(crate) fn has_due(&self) -> bool {
        !self.todo.is_empty()
    }

    /// Returns the place of the next future that is due.
    #[inline(always)]
    pub(crate) fn next_due(&mut self) -> Option<usize> {
        loop {
            let place = self.todo.pop_front()? as usize;
            // A future that was removed, or made due twice, may still be on the list.
            if self.entries[place].state == State::Due {
                return Some(place);
            }
        }
    }

    /// Returns `true` if a future that has to wait again should get a waker of its own.
    #[inline]
    pub(crate) fn is_crowded(&self) -> bool {
        self.count > FEW
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
        let (Some(future), entry) = (self.slab.get(place), &mut self.entries[place]) else { return None };
        let meta = entry.meta.as_mut()?;
        let result = if tracked {
            // Made at the first tracked poll: a future that never waits in a crowd never needs one.
            let waker = entry.waker.get_or_insert_with(|| self.ready.waker(place, cx.waker()));
            step(future, meta, &mut Context::from_waker(waker))
        } else {
            step(future, meta, cx)
        };
        if result.is_none() {
            if tracked {
                entry.state = State::Tracked;
            } else {
                entry.state = State::Fresh;
                // With the owner's waker, it cannot be known whether it was
                // woken: it is due whenever the owner is polled.
                self.fresh.push(place as u32);
            }
        }
        result
    }

    /// Drops the future in `place`. Returns the owner's data, and what its destructor panicked with, if it did.
    #[inline(always)]
    pub(crate) fn remove(&mut self, place: usize) -> (Option<M>, Result<(), Payload>) {
        // In place: a pinned future is not moved, not even to be dropped.
        let dropped = guard(|| self.slab.clear(place));
        let entry = &mut self.entries[place];
        // Rare, so a search will do: a future that ends in its poll is due, not fresh.
        if entry.state == State::Fresh {
            self.fresh.retain(|fresh| *fresh != place as u32);
        }
        // The waker stays with the place, for the next future in it: making one is an allocation.
        entry.state = State::Vacant;
        self.vacant.push(place as u32);
        self.count -= 1;
        (entry.meta.take(), dropped)
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

    /// Empties the list `fresh`, for a caller that is about to remove many: each removal would search it.
    pub(crate) fn forget_fresh(&mut self) {
        for place in self.fresh.drain(..) {
            self.entries[place as usize].state = State::Due;
            self.todo.push_back(place);
        }
    }
}
