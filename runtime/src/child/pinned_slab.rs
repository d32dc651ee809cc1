//! Storage for pinned futures: it grows by chunks, reuses its slots, and never moves what it holds.
//!
//! A pinned struct of pinned fields can project to each of them without `unsafe`; so a chunk is a tree of pairs. Small
//! futures share a chunk of sixteen, large ones have one each, so that making a chunk never needs much stack. The first
//! future has a chunk of its own too, because there may be no other.

use std::pin::Pin;

use pin_project_lite::pin_project;

pin_project! {
    /// A place for one future.
    #[project = SlotProj]
    pub(crate) enum Slot<F> {
        Vacant,
        Taken { #[pin] future: F },
    }
}

pin_project! {
    struct Pair<A> {
        #[pin]
        left: A,
        #[pin]
        right: A,
    }
}

type Chunk<F> = Pair<Pair<Pair<Pair<Slot<F>>>>>;

/// The largest future that shares a chunk, in bytes.
const SMALL: usize = 512;

trait Tree<F>: Sized {
    const LEN: usize;
    fn vacant() -> Self;
    fn at(self: Pin<&mut Self>, index: usize) -> Pin<&mut Slot<F>>;
}

impl<F> Tree<F> for Slot<F> {
    const LEN: usize = 1;

    #[inline(always)]
    fn vacant() -> Self {
        Self::Vacant
    }

    #[inline(always)]
    fn at(self: Pin<&mut Self>, _: usize) -> Pin<&mut Slot<F>> {
        self
    }
}

impl<F, A: Tree<F>> Tree<F> for Pair<A> {
    const LEN: usize = 2 * A::LEN;

    #[inline(always)]
    fn vacant() -> Self {
        Self { left: A::vacant(), right: A::vacant() }
    }

    #[inline(always)]
    fn at(self: Pin<&mut Self>, index: usize) -> Pin<&mut Slot<F>> {
        let this = self.project();
        if index < A::LEN { this.left.at(index) } else { this.right.at(index - A::LEN) }
    }
}

enum Chunks<F> {
    Shared(Vec<Pin<Box<Chunk<F>>>>),
    Single(Vec<Pin<Box<Slot<F>>>>),
}

pub(crate) struct PinnedSlab<F> {
    first: Option<Pin<Box<Slot<F>>>>,
    others: Chunks<F>,
    /// The first place that has no slot yet.
    end: usize,
}

impl<F> Default for PinnedSlab<F> {
    fn default() -> Self {
        // Decided by the type, once: a chunk of sixteen large futures could overflow the stack while it is made.
        let others = if size_of::<F>() <= SMALL { Chunks::Shared(Vec::new()) } else { Chunks::Single(Vec::new()) };
        // The slot of the first place is made when it is asked for.
        Self { first: None, others, end: 1 }
    }
}

impl<F> PinnedSlab<F> {
    const CHUNK: usize = <Chunk<F> as Tree<F>>::LEN;

    /// Returns the slot at `index`, which may be the next one: then it is made.
    #[inline(always)]
    pub(crate) fn at_next(&mut self, index: usize) -> Pin<&mut Slot<F>> {
        if index == self.end {
            self.grow();
        }
        self.at(index)
    }

    /// Returns the slot at `index`, which is there.
    #[inline(always)]
    pub(crate) fn at(&mut self, index: usize) -> Pin<&mut Slot<F>> {
        match (index.checked_sub(1), &mut self.others) {
            (None, _) => self.first.get_or_insert_with(|| Box::pin(Slot::Vacant)).as_mut(),
            (Some(index), Chunks::Shared(chunks)) => chunks[index / Self::CHUNK].as_mut().at(index % Self::CHUNK),
            (Some(index), Chunks::Single(slots)) => slots[index].as_mut(),
        }
    }

    /// Makes the next chunk. Places are given out in order, so one is enough.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        match &mut self.others {
            Chunks::Shared(chunks) => {
                chunks.push(Box::pin(Chunk::vacant()));
                self.end += Self::CHUNK;
            }
            Chunks::Single(slots) => {
                slots.push(Box::pin(Slot::Vacant));
                self.end += 1;
            }
        }
    }

    /// Returns the future at `index`, if there is one.
    #[inline(always)]
    pub(crate) fn get(&mut self, index: usize) -> Option<Pin<&mut F>> {
        match self.at(index).project() {
            SlotProj::Vacant => None,
            SlotProj::Taken { future } => Some(future),
        }
    }

    #[inline(always)]
    pub(crate) fn put(&mut self, index: usize, future: F) {
        // The slot is vacant, so nothing is dropped here.
        self.at_next(index).set(Slot::Taken { future });
    }

    /// Drops the future at `index` in place.
    #[inline(always)]
    pub(crate) fn clear(&mut self, index: usize) {
        self.at(index).set(Slot::Vacant);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_its_own_and_stays_where_it_is() {
        let mut slab = PinnedSlab::default();
        let places: Vec<_> = (0..100_usize)
            .map(|index| {
                slab.put(index, index);
                slab.get(index).map(|future| std::ptr::from_ref(&*future) as usize)
            })
            .collect();
        for (index, place) in places.iter().enumerate() {
            let there = slab.get(index);
            assert_eq!(there.as_deref(), Some(&index));
            assert_eq!(there.map(|future| std::ptr::from_ref(&*future) as usize), *place);
        }
        slab.clear(17);
        assert!(slab.get(17).is_none() && slab.get(18).is_some());
    }
}
