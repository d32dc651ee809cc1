//! The set of those inline children, of many, that have been woken.
//!
//! 1. A child's bit is set before the owner is woken, and cleared before the child is polled: no wake-up is lost.
//! 2. A block is on the list exactly while it has bits set that the owner has not taken. A block that is on it twice would
//!    only cost time; one that is missing would lose its wake-ups.
//! 3. The owner leaves its waker before it takes the list; the first block on an empty list takes the waker along. So the
//!    owner is woken at most once for each of its polls, however many children are woken.
//! 4. No waker is called while the lock is held: it may poll the owner at once, which takes the lock.
//!
//! `tests/loom` explores the interleavings of this file.

use std::task::{Wake, Waker};

use crate::{
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    waker::WakerSlot,
};

/// How many children share a block.
const BITS: usize = 64;

#[derive(Default)]
struct List {
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    blocks: Vec<u32>,
    owner: WakerSlot,
}

impl List {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock()
    }
}

struct Block {
    bits: AtomicU64,
    index: u32,
    list: Arc<List>,
}

struct ChildWaker {
    block: Arc<Block>,
    /// The bit of the child, or all bits of those that share the waker.
    bits: u64,
}

impl Wake for ChildWaker {
    fn wake(self: std::sync::Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &std::sync::Arc<Self>) {
        // Only the first bit of a block lists it: the others find it on the list already (invariant 2).
        if self.block.bits.fetch_or(self.bits, Ordering::AcqRel) == 0 {
            let owner = {
                let mut shared = self.block.list.lock();
                shared.blocks.push(self.block.index);
                shared.owner.take()
            };
            if let Some(owner) = owner {
                owner.wake();
            }
        }
    }
}

/// Returns the number of the block to which a place belongs.
pub(crate) fn block_of(place: usize) -> usize {
    place / BITS
}

/// The wakers of the children of one group, and the list of those that were called.
#[derive(Default)]
pub(crate) struct ReadySet {
    list: Arc<List>,
    blocks: Vec<Arc<Block>>,
    taken: Vec<u32>,
}

impl ReadySet {
    /// Returns a waker for the child in `place`. The first one that is called wakes `owner`, even before the next
    /// [`take`](Self::take).
    pub(crate) fn waker(&mut self, place: usize, owner: &Waker) -> Waker {
        self.waker_of(place, 1 << (place % BITS), owner)
    }

    /// Returns a waker for `place` and those after it in its block: a call wakes all of them. It is given to a child only if
    /// [`take`](Self::take) was called in the same poll of the owner. Otherwise a wake-up that was not taken may have used up
    /// the owner's waker, and that of the child would not be seen.
    pub(crate) fn shared_waker(&mut self, place: usize, owner: &Waker) -> Waker {
        self.waker_of(place, u64::MAX << (place % BITS), owner)
    }

    fn waker_of(&mut self, place: usize, bits: u64, owner: &Waker) -> Waker {
        if self.list.lock().owner.is_empty() {
            let owner = owner.clone();
            let before = self.list.lock().owner.replace(owner);
            drop(before);
        }
        // Blocks are made as far as they are needed, and never given up: a
        // `Waker` may be kept by anything for any time.
        while self.blocks.len() <= place / BITS {
            let index = self.blocks.len() as u32;
            self.blocks.push(Arc::new(Block { bits: AtomicU64::new(0), index, list: self.list.clone() }));
        }
        // A waker keeps its block, and not the set: it may be called when the group is long gone.
        let block = self.blocks[place / BITS].clone();
        Waker::from(std::sync::Arc::new(ChildWaker { block, bits }))
    }

    /// Moves the places that were woken since the last time into `woken`, with any others for which they share a waker; `owner`
    /// is woken for the next one.
    pub(crate) fn take(&mut self, owner: &Waker, woken: &mut Vec<u32>) {
        // No waker was ever made, so none can have been called.
        if self.blocks.is_empty() {
            return;
        }
        // The waker first: a child that is woken between the two steps wakes an owner that is about to look.
        if !self.list.lock().owner.holds(owner) {
            let owner = owner.clone();
            let before = self.list.lock().owner.replace(owner);
            drop(before);
        }
        // The two lists change places, so that both keep their memory.
        std::mem::swap(&mut self.list.lock().blocks, &mut self.taken);
        for index in self.taken.drain(..) {
            // Cleared before the children are polled (invariant 1): a wake-up during a poll lists the block again.
            let mut bits = self.blocks[index as usize].bits.swap(0, Ordering::AcqRel);
            while bits != 0 {
                woken.push(index * BITS as u32 + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, atomic::AtomicUsize};

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_waker_that_is_called_before_the_first_look_is_not_lost() {
        let count = Arc::new(Count::default());
        let owner = Waker::from(count.clone());
        let mut ready = ReadySet::default();
        let mut woken = Vec::new();
        ready.take(&owner, &mut woken);
        ready.waker(7, &owner).wake();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        ready.take(&owner, &mut woken);
        assert_eq!(woken, [7]);
    }

    #[test]
    fn a_shared_waker_wakes_its_place_and_those_after_it_in_the_block() {
        let count = Arc::new(Count::default());
        let owner = Waker::from(count.clone());
        let mut ready = ReadySet::default();
        let mut woken = Vec::new();
        let shared = ready.shared_waker(64 + 60, &owner);
        let own = ready.waker(64 + 62, &owner);
        ready.take(&owner, &mut woken);
        shared.wake_by_ref();
        own.wake_by_ref();
        shared.wake();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        ready.take(&owner, &mut woken);
        assert!(woken.drain(..).eq(124..128));
        own.wake();
        assert_eq!(count.0.load(Ordering::Relaxed), 2);
        ready.take(&owner, &mut woken);
        assert_eq!(woken, [126]);
    }

    #[test]
    fn the_owner_is_woken_once_for_many_wakers() {
        let count = Arc::new(Count::default());
        let owner = Waker::from(count.clone());
        let mut ready = ReadySet::default();
        let wakers: Vec<_> = (0..200).map(|place| ready.waker(place, &owner)).collect();
        let mut woken = Vec::new();
        ready.take(&owner, &mut woken);
        assert!(woken.is_empty());
        for place in [3, 64, 199, 3] {
            wakers[place].wake_by_ref();
        }
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        ready.take(&owner, &mut woken);
        woken.sort_unstable();
        assert_eq!(woken, [3, 64, 199]);
        ready.take(&owner, &mut woken);
        assert_eq!(woken.len(), 3);
    }
}
