//! How the end of a child that ran elsewhere comes back to its owner.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use tokio::task::JoinHandle;

use crate::{
    context::{key::Key, scope::LiveGuard},
    machine::outcome::End,
    sync::{Mutex, MutexGuard},
    unwind::discard,
    waker::WakerSlot,
};

/// An end, and the guard that keeps the group waiting until that end, its value included, has been taken or destroyed.
pub struct Ended<R> {
    end: End<R>,
    _alive: Option<Arc<LiveGuard>>,
}

/// The way on which a child's end is reported.
pub(super) trait Report<R> {
    /// The output of tokio's own task.
    type Output: Send + 'static;

    fn report(&self, child: Key, ended: Ended<R>) -> Self::Output;
}

/// Reports into the handle of the task: for a child that is alone in its arm.
pub(super) struct ToHandle;

pub type Handle<R> = JoinHandle<Ended<R>>;

impl<R: Send + 'static> Report<R> for ToHandle {
    type Output = Ended<R>;

    #[inline]
    fn report(&self, _: Key, ended: Ended<R>) -> Ended<R> {
        ended
    }
}

/// Fetches the end of a child whose task has ended.
pub(crate) fn poll_handle<R>(handle: &mut Handle<R>, cx: &mut Context<'_>) -> Poll<End<R>> {
    Pin::new(handle).poll(cx).map(|joined| match joined {
        Ok(ended) => ended.end,
        // The wrapper catches every panic, so this is a runtime that was shut down.
        Err(error) => match error.try_into_panic() {
            Ok(payload) => End::Panicked(payload),
            Err(_) => End::Lost,
        },
    })
}

/// The ends of the children of one `for`, on their way to the owner.
///
/// 1. An end is put in after the child's future has been destroyed. So a group that has all ends has no running child.
/// 2. The first end in an empty queue takes the owner's waker along; the owner leaves it before it looks. So no wake-up is
///    lost, and there is one for each poll of the owner.
/// 3. A closed queue keeps nothing: an end that comes late is destroyed on the child's thread, before its guard is given up,
///    so the enclosing group waits for that destructor too.
pub struct EndQueue<R>(Mutex<EndQueueState<R>>);

struct EndQueueState<R> {
    ended: Vec<(Key, Ended<R>)>,
    owner: WakerSlot,
    is_closed: bool,
}

impl<R> Default for EndQueue<R> {
    fn default() -> Self {
        Self(Mutex::new(EndQueueState { ended: Vec::new(), owner: WakerSlot::default(), is_closed: false }))
    }
}

impl<R> EndQueue<R> {
    fn lock(&self) -> MutexGuard<'_, EndQueueState<R>> {
        self.0.lock()
    }

    /// Moves what has come `into` the owner's list; the owner is woken for the next one.
    pub(crate) fn take(&self, owner: &Waker, into: &mut Vec<(Key, Ended<R>)>) {
        // The waker first: an end that comes between the two steps wakes an owner that is about to look.
        if !self.lock().owner.holds(owner) {
            let owner = owner.clone();
            let before = self.lock().owner.replace(owner);
            drop(before);
        }
        let mut queue = self.lock();
        if into.is_empty() {
            std::mem::swap(into, &mut queue.ended);
        } else {
            into.append(&mut queue.ended);
        }
    }

    /// Closes the queue: the owner drops the group.
    pub(crate) fn close(&self) {
        let (ended, owner) = {
            let mut queue = self.lock();
            queue.is_closed = true;
            (std::mem::take(&mut queue.ended), queue.owner.take())
        };
        drop(owner);
        for (_, ended) in ended {
            ended.discard();
        }
    }
}

impl<R> Ended<R> {
    pub(super) fn new(end: End<R>, alive: Option<Arc<LiveGuard>>) -> Self {
        Self { end, _alive: alive }
    }

    /// Returns how the child ended. The group no longer waits for it.
    pub(crate) fn into_end(self) -> End<R> {
        self.end
    }

    /// Destroys the value, then gives up the guard.
    fn discard(self) {
        discard(self.end);
    }
}

/// Reports into the queue of the `for`.
pub(super) struct ToQueue<R>(pub(super) Arc<EndQueue<R>>);

impl<R: Send + 'static> Report<R> for ToQueue<R> {
    type Output = ();

    #[inline]
    fn report(&self, child: Key, ended: Ended<R>) {
        let (owner, unwanted) = {
            let mut queue = self.0.lock();
            if queue.is_closed {
                (None, Some(ended))
            } else {
                queue.ended.push((child, ended));
                (queue.owner.take(), None)
            }
        };
        if let Some(ended) = unwanted {
            ended.discard();
        }
        if let Some(owner) = owner {
            owner.wake();
        }
    }
}
