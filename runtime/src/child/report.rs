//! How the end of a child that ran elsewhere comes back to its owner.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use tokio::task::JoinHandle;

use crate::{
    context::{key::Key, scope::Alive},
    machine::outcome::End,
    sync::{Mutex, MutexGuard},
    unwind::discard,
};

/// An end, and what keeps the group waiting until the end itself, value included, has been taken or destroyed.
pub struct Ended<R> {
    end: End<R>,
    _alive: Option<Arc<Alive>>,
}

/// Where a child's end goes.
pub(super) trait Report<R> {
    /// What is left for tokio's own handle.
    type Output: Send + 'static;

    fn report(&self, child: Key, ended: Ended<R>) -> Self::Output;
}

/// Into the handle of the task: for a child that is alone in its arm.
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
        // The wrapper catches every panic: what comes here is a runtime that was shut down.
        Err(error) => match error.try_into_panic() {
            Ok(payload) => End::Panicked(payload),
            Err(_) => End::Lost,
        },
    })
}

/// The ends of the children of one `for`, on their way to the owner.
///
/// 1. An end is put in after the child's future has been destroyed.
/// 2. The first end in an empty lane takes the owner's waker along; the owner leaves it before it looks.
/// 3. A closed lane keeps nothing: what comes late is destroyed by who brings it, before its guard is given up.
pub struct Lane<R>(Mutex<LaneState<R>>);

struct LaneState<R> {
    ended: Vec<(Key, Ended<R>)>,
    owner: Option<Waker>,
    is_closed: bool,
}

impl<R> Default for Lane<R> {
    fn default() -> Self {
        Self(Mutex::new(LaneState { ended: Vec::new(), owner: None, is_closed: false }))
    }
}

impl<R> Lane<R> {
    fn lock(&self) -> MutexGuard<'_, LaneState<R>> {
        self.0.lock()
    }

    /// Moves what has come `into` the owner's list; the owner is woken for the next one.
    pub(crate) fn take(&self, owner: &Waker, into: &mut Vec<(Key, Ended<R>)>) {
        let mut lane = self.lock();
        match &mut lane.owner {
            Some(there) => there.clone_from(owner),
            none => *none = Some(owner.clone()),
        }
        if into.is_empty() {
            std::mem::swap(into, &mut lane.ended);
        } else {
            into.append(&mut lane.ended);
        }
    }

    /// The owner is gone.
    pub(crate) fn close(&self) {
        let ended = {
            let mut lane = self.lock();
            lane.is_closed = true;
            lane.owner = None;
            std::mem::take(&mut lane.ended)
        };
        for (_, ended) in ended {
            ended.discard();
        }
    }
}

impl<R> Ended<R> {
    pub(super) fn new(end: End<R>, alive: Option<Arc<Alive>>) -> Self {
        Self { end, _alive: alive }
    }

    /// What the child ended with; the group no longer waits for it.
    pub(crate) fn into_end(self) -> End<R> {
        self.end
    }

    /// Destroys the value, then gives up the guard.
    fn discard(self) {
        discard(self.end);
    }
}

/// Into the lane of its `for`.
pub(super) struct ToLane<R>(pub(super) Arc<Lane<R>>);

impl<R: Send + 'static> Report<R> for ToLane<R> {
    type Output = ();

    #[inline]
    fn report(&self, child: Key, ended: Ended<R>) {
        let (owner, unwanted) = {
            let mut lane = self.0.lock();
            if lane.is_closed {
                (None, Some(ended))
            } else {
                lane.ended.push((child, ended));
                (lane.owner.take(), None)
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
