//! The ends of the children of one `for`, on their way to the owner.
//!
//! 1. An end is put in after the child's future has been destroyed. So a group that has all ends has no running child.
//! 2. The first end in an empty queue takes the owner's waker along; the owner leaves it before it looks. So no wake-up is
//!    lost, and there is one for each poll of the owner.
//! 3. A closed queue keeps nothing: an end that comes late goes back to the child's thread, to be destroyed there before its
//!    guard is given up, so the enclosing group waits for that destructor too.
//!
//! `tests/loom` explores the interleavings of this file.

use std::task::Waker;

use crate::{
    context::key::Key,
    sync::{Mutex, MutexGuard},
    waker::WakerSlot,
};

pub struct EndQueue<V>(Mutex<State<V>>);

struct State<V> {
    ended: Vec<(Key, V)>,
    owner: WakerSlot,
    is_closed: bool,
}

impl<V> Default for EndQueue<V> {
    fn default() -> Self {
        Self(Mutex::new(State { ended: Vec::new(), owner: WakerSlot::default(), is_closed: false }))
    }
}

impl<V> EndQueue<V> {
    fn lock(&self) -> MutexGuard<'_, State<V>> {
        self.0.lock()
    }

    /// Puts an end in. Returns the owner's waker, to be called, if the queue was empty; the end itself, if it is closed.
    pub(crate) fn put(&self, child: Key, end: V) -> Result<Option<Waker>, V> {
        let mut queue = self.lock();
        if queue.is_closed {
            // Invariant 3.
            return Err(end);
        }
        queue.ended.push((child, end));
        // Taken, so that those after it wake nothing until the owner has looked (invariant 2).
        Ok(queue.owner.take())
    }

    /// Moves what has come `into` the owner's list; the owner is woken for the next one.
    pub(crate) fn take(&self, owner: &Waker, into: &mut Vec<(Key, V)>) {
        // The waker first: an end that comes between the two steps wakes an owner that is about to look.
        if !self.lock().owner.holds(owner) {
            let owner = owner.clone();
            let before = self.lock().owner.replace(owner);
            drop(before);
        }
        let mut queue = self.lock();
        // As a rule: the owner has reported all that it took before.
        if into.is_empty() {
            // The two lists change places, so that both keep their memory.
            std::mem::swap(into, &mut queue.ended);
        } else {
            into.append(&mut queue.ended);
        }
    }

    /// Closes the queue: the owner drops the group. Returns what was in it.
    pub(crate) fn close(&self) -> Vec<(Key, V)> {
        let (ended, owner) = {
            let mut queue = self.lock();
            queue.is_closed = true;
            (std::mem::take(&mut queue.ended), queue.owner.take())
        };
        // Outside the lock: a waker is code of an executor.
        drop(owner);
        ended
    }
}
