//! The orders to the spawned children of one group: how they are stopped.
//!
//! Three words say how far the end of a group has come, because it reaches its children in three ways:
//!
//! | word | read by | what it is |
//! | --- | --- | --- |
//! | `Phase`, and in it `Cancelling` (`machine/core.rs`) | the machine | what it waits for next: that cancelled children react, then that they have ended. `Cancelling` is how long they may react |
//! | `Step` (`machine/nodes.rs`) | the nodes and statements: what is on the owner's task | an event at a change of phase: what has not begun is given up, later what is left is dropped |
//! | `Order` (here) | the wrappers of children on tasks of their own | a level that only rises: a wrapper is polled at some later time, and reads it then |
//!
//! ```text
//! Phase     Running    Cancelled(…) ──────────────────▶ Stopping ───────────────▶ Reaping
//! Step                 Close          Leave             Stop
//! Order     Run        Close          Leave             Stop, after a grace Kill
//! a child   goes on    sees its       has to end if     has to end, except in a
//!                      token          it does not       critical section; after a
//!                                     listen            grace in any case
//! ```
//!
//! `Leave` is passed over where no child has to end before the others. A drop of the owner is the short way: `Step::Drop`
//! and `Order::Stop` at once. An inline child has no order; `Core::order` says what the phase means for it.
//!
//! 1. A child that waits leaves its waker here once; a child that ends takes it out. A waker keeps its task allocated, so
//!    one that stayed would keep every child of a long-running group.
//! 2. Orders only rise: run, close, leave, stop, kill. They are raised, and read by a child that leaves its waker, under one lock,
//!    so no child starts to wait after an order without having seen it.
//! 3. No waker is called, cloned or dropped while the lock is held: it may run a child at once, which takes the lock.
//!
//! `tests/loom` explores the interleavings of this file.

use std::task::Waker;

use crate::{
    context::key::Key,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU8, Ordering},
    },
    unwind::wake_all,
};

/// The order of an owner to its spawned children.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
#[repr(u8)]
pub(crate) enum Order {
    /// Go on.
    #[default]
    Run,
    /// Go on if you have begun; else do not begin.
    Close,
    /// One more poll; then end, unless you listen, or are in a critical section.
    Leave,
    /// One more poll, if you look at the token; then end, unless you are in a critical section.
    Stop,
    /// End now: the grace is over.
    Kill,
}

impl Order {
    /// The last order under which a child begins that is started under this one. If there is one already, the body of a
    /// function starts it although the function was cancelled from outside, and it may begin after the others had to leave.
    pub(crate) fn begins_under(self) -> Self {
        if self == Self::Run { Self::Run } else { Self::Leave }
    }

    /// Whether a child under this order, which waits, must end before it is polled once more; `looks`: it has looked at its
    /// token, so that a last poll is of use. In a critical section that `holds` it, it goes on until the grace is over.
    pub(crate) fn ends_before_poll(self, looks: bool, holds: bool) -> bool {
        match self {
            // Under `Leave`, each child is judged after its last poll, in which it may listen for the first time.
            Self::Run | Self::Close | Self::Leave => false,
            Self::Stop => !holds && !looks,
            Self::Kill => true,
        }
    }

    /// Whether a child under this order must end after a poll that did not end it, which was its last one unless it
    /// `listens`, or is in a critical section.
    pub(crate) fn ends_after_poll(self, listens: bool, holds: bool) -> bool {
        match self {
            Self::Run | Self::Close => false,
            Self::Leave => !holds && !listens,
            Self::Stop => !holds,
            Self::Kill => true,
        }
    }
}

#[derive(Default)]
pub(crate) struct Orders {
    order: AtomicU8,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    /// The wakers of the children in the first place of each arm: of those that are written out, which have no other place.
    firsts: Vec<Option<Waker>>,
    /// Those of the other places, by arm.
    others: Vec<Vec<Option<Waker>>>,
    /// Those of the members that are polled elsewhere, which have no arm.
    members: Vec<Option<Waker>>,
}

impl Shared {
    /// Returns the list that has the waker of the child, and where it is in that list.
    fn place(&mut self, child: Key) -> (&mut Vec<Option<Waker>>, usize) {
        let place = child.place_index();
        if child.is_member() {
            return (&mut self.members, place);
        }
        let arm = child.arm_index();
        let Some(other) = place.checked_sub(1) else { return (&mut self.firsts, arm) };
        if self.others.len() <= arm {
            self.others.resize_with(arm + 1, Vec::new);
        }
        (&mut self.others[arm], other)
    }

    /// Takes all wakers out, in the order of the arms, and of the places in each.
    fn take_all(&mut self) -> Vec<Waker> {
        let Self { firsts, others, members } = self;
        let mut wakers = Vec::new();
        for arm in 0..firsts.len().max(others.len()) {
            wakers.extend(firsts.get_mut(arm).and_then(Option::take));
            wakers.extend(others.get_mut(arm).into_iter().flatten().filter_map(Option::take));
        }
        wakers.extend(members.iter_mut().filter_map(Option::take));
        wakers
    }
}

impl Orders {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock()
    }

    #[inline(always)]
    pub(crate) fn order(&self) -> Order {
        match self.order.load(Ordering::Acquire) {
            0 => Order::Run,
            order => Self::other_than_run(order),
        }
    }

    // A branch, which is cheaper than what else becomes of one match: each poll of each child reads the order.
    #[cold]
    fn other_than_run(order: u8) -> Order {
        match order {
            1 => Order::Close,
            2 => Order::Leave,
            3 => Order::Stop,
            _ => Order::Kill,
        }
    }

    /// Raises the order, on the owner's side, and wakes the children that have to react.
    pub(crate) fn raise(&self, order: Order) {
        let waiting = {
            let mut shared = self.lock();
            // A drop may follow a stop, and the machine may raise the same order twice.
            if self.order() >= order {
                return;
            }
            self.order.store(order as u8, Ordering::Release);
            if order == Order::Close {
                return; // a child that waits has begun, so this order does not concern it
            }
            shared.take_all()
        };
        // After the lock (invariant 3). Their children leave a waker again if they go on.
        wake_all(waiting);
    }

    /// Leaves the waker of a child that waits and has obeyed the order `seen`. Returns `false` if there is another meanwhile.
    pub(crate) fn wait(&self, child: Key, waker: &Waker, seen: Order) -> bool {
        // Before the lock: a clone is code of an executor.
        let waker = waker.clone();
        let mut shared = self.lock();
        // `Close` does not concern a child that has begun.
        if self.order() > seen.max(Order::Close) {
            drop(shared);
            return false;
        }
        let (wakers, place) = shared.place(child);
        if wakers.len() <= place {
            wakers.resize_with(place + 1, || None);
        }
        let before = wakers[place].replace(waker);
        drop(shared);
        // Outside the lock: the drop of a waker is code of an executor (invariant 3).
        drop(before);
        true
    }

    /// Removes the waker of a child that has ended.
    pub(crate) fn end(&self, child: Key) {
        let waker = {
            let mut shared = self.lock();
            let (wakers, place) = shared.place(child);
            wakers.get_mut(place).and_then(Option::take)
        };
        // After the lock: it may own the task.
        drop(waker);
    }
}
