//! The futures that wait for a token.
//!
//! 1. A waker is left under the lock under which the state is read, and the state is set under it too, so no change is lost.
//! 2. No waker is cloned or dropped while the lock is held.
//!
//! `tests/loom` explores the interleavings of this file.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};

use crate::probe;
use crate::{
    context::{
        self, asking,
        scope::{Scope, Shared},
    },
    error::Cancelled,
    slab::Slab,
    sync::Arc,
};

/// A place in a list of wakers, given up when it is dropped.
struct Waiting {
    scope: Arc<Scope>,
    key: Option<usize>,
    list: fn(&mut Shared) -> &mut Slab<Waker>,
}

impl Waiting {
    fn poll<R>(&mut self, cx: &Context<'_>, look: impl Fn(&Scope, &Shared) -> Option<R>) -> Poll<R> {
        // The usual first poll needs one lock only: there is no waker yet, and nothing has happened. What is cancelled drains.
        if self.key.is_some() || self.scope.is_draining() {
            let mut shared = self.scope.lock();
            if let Some(seen) = look(&self.scope, &shared) {
                return Poll::Ready(seen);
            }
            let kept = self.key.and_then(|key| (self.list)(&mut shared).get_mut(key));
            if kept.is_some_and(|kept| kept.will_wake(cx.waker())) {
                return Poll::Pending;
            }
        }
        // Cloned and dropped outside the lock; what happened meanwhile is seen under the second one.
        let mut waker = cx.waker().clone();
        let mut shared = self.scope.lock();
        if let Some(seen) = look(&self.scope, &shared) {
            drop(shared);
            return Poll::Ready(seen);
        }
        let waiters = (self.list)(&mut shared);
        match self.key.and_then(|key| waiters.get_mut(key)) {
            // Exchanged, so that the waker before is dropped after the lock.
            Some(kept) => std::mem::swap(kept, &mut waker),
            None => {
                self.key = Some(waiters.insert(waker));
                return Poll::Pending;
            }
        }
        drop(shared);
        drop(waker);
        Poll::Pending
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            // After a cancellation the list is empty for good, so the key finds nothing, and no other waker is removed.
            let waker = (self.list)(&mut self.scope.lock()).remove(key);
            drop(waker);
        }
    }
}

/// The group to which a future belongs: the one that first polls it, or, if it is first polled outside any group, the one
/// in which it was created.
enum Found {
    /// Not polled so far. A scope, and no guard: a future that a library keeps on a task of its own holds up no group.
    NotYet(Option<Arc<Scope>>),
    Nowhere,
    Here(Waiting),
}

impl Found {
    /// Belongs to a scope that is known already.
    fn of(scope: Arc<Scope>, list: fn(&mut Shared) -> &mut Slab<Waker>) -> Self {
        Self::Here(Waiting { scope, key: None, list })
    }

    /// Returns the wait. At the first poll, `find` looks for the scope, and `listen` marks it.
    fn poll(
        &mut self,
        list: fn(&mut Shared) -> &mut Slab<Waker>,
        find: fn() -> Option<Arc<Scope>>,
        listen: fn(&Scope),
    ) -> Option<&mut Waiting> {
        // At the first poll, and not where it is made: an arm's expression is evaluated before its group exists.
        if let Self::NotYet(created) = self {
            let created = created.take();
            *self = match find().or(created) {
                None => Self::Nowhere,
                Some(scope) => Self::of(scope, list),
            };
            if let Self::Here(waiting) = self {
                // What waits is of use to poll once more after a cancellation (rule 2).
                listen(&waiting.scope);
            }
        }
        match self {
            Self::Here(waiting) => Some(waiting),
            _ => None,
        }
    }
}

/// The future of [`cancelled`].
#[must_use = "futures do nothing unless awaited"]
pub(crate) struct WaitCancelled(Found);

impl WaitCancelled {
    /// Makes a future that belongs to the group that first polls it.
    pub(crate) fn new() -> Self {
        Self(Found::NotYet(None))
    }

    /// Makes a future that belongs to the group whose code runs now, if no other group polls it first.
    pub(super) fn captured() -> Self {
        Self(Found::NotYet(context::scope()))
    }

    /// Returns `true` if it waits for the group whose code runs now.
    pub(crate) fn is_here(&self) -> bool {
        match &self.0 {
            Found::NotYet(_) => true,
            Found::Nowhere => !context::is_inside(),
            Found::Here(waiting) => context::scope().is_some_and(|scope| Arc::ptr_eq(&scope, &waiting.scope)),
        }
    }

    /// Makes a future that waits for a scope that is known already.
    pub(crate) fn of(scope: Arc<Scope>) -> Self {
        Self(Found::of(scope, |shared| &mut shared.waiters))
    }

    /// Polls for the crate itself, or for something that bounds a loop around it in another way: the answer is not one of
    /// those that a child is given at once.
    pub(crate) fn poll_uncounted(&mut self, cx: &mut Context<'_>) -> Poll<Cancelled> {
        self.poll_noting(cx, asking::look_and_scope)
    }

    fn poll_noting(&mut self, cx: &mut Context<'_>, find: fn() -> Option<Arc<Scope>>) -> Poll<Cancelled> {
        match self.0.poll(|shared| &mut shared.waiters, find, Scope::listen) {
            Some(waiting) => {
                // The cause and not the flag: it is set under the lock that this holds.
                let cancelled = waiting.poll(cx, |_, shared| shared.cause.clone().map(Cancelled::new));
                probe::looked(cancelled.is_ready());
                cancelled
            }
            None => Poll::Pending,
        }
    }
}

impl Future for WaitCancelled {
    type Output = Cancelled;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Cancelled> {
        let cancelled = ready!(self.poll_noting(cx, asking::note_and_scope));
        context::turn::poll_answer(cx).map(|()| cancelled)
    }
}

/// The future of [`draining`](crate::draining).
#[must_use = "futures do nothing unless awaited"]
pub(super) struct WaitDraining(Found);

impl WaitDraining {
    /// As [`WaitCancelled::captured`].
    pub(super) fn captured() -> Self {
        Self(Found::NotYet(context::scope()))
    }
}

impl Future for WaitDraining {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Not noted: what waits for a drain has not asked for the token. All the same it ends with the group, so a last poll
        // is of use in every group that it is in.
        match self.0.poll(|shared| &mut shared.drain_waiters, context::scope, Scope::listen_outwards) {
            Some(waiting) => {
                ready!(waiting.poll(cx, |scope, _| scope.is_draining().then_some(())));
                context::turn::poll_answer(cx)
            }
            None => Poll::Pending,
        }
    }
}
