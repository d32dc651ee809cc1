//! How the end of a child that ran elsewhere comes back to its owner.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::task::JoinHandle;

use crate::{
    child::end_queue::EndQueue,
    context::{key::Key, live_guard::LiveGuard},
    machine::outcome::End,
    unwind::discard,
};

/// An end, and the guard that keeps the group waiting until that end, its value included, has been taken or destroyed.
pub struct Ended<R> {
    end: End<R>,
    // After the end, because fields are dropped in order: the group waits for the destructor of the value.
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
        // The guard goes here: tokio's task has ended, and nothing of the child runs any more.
        Ok(ended) => ended.end,
        // The wrapper catches every panic, so this is a runtime that was shut down.
        Err(error) => match error.try_into_panic() {
            Ok(payload) => End::Panicked(payload),
            Err(_) => End::Lost,
        },
    })
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
    pub(crate) fn discard(self) {
        discard(self.end);
    }
}

/// Reports into the queue of the `for`.
pub(super) struct ToQueue<R>(pub(super) Arc<EndQueue<Ended<R>>>);

impl<R: Send + 'static> Report<R> for ToQueue<R> {
    type Output = ();

    #[inline]
    fn report(&self, child: Key, ended: Ended<R>) {
        match self.0.put(child, ended) {
            Ok(Some(owner)) => owner.wake(),
            Ok(None) => {}
            // The owner has dropped the group: the value is destroyed on this thread.
            Err(unwanted) => unwanted.discard(),
        }
    }
}
