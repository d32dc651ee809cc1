//! What runs on a task or a thread of its own for a group: the wrapper around the user's future or closure.
//!
//! The wrapper, and not an abort from outside, decides when the child stops: that is what makes a last poll and a
//! critical section possible. It holds one pointer and one key besides the child, and its task is its only allocation.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tokio::task::{JoinHandle, spawn, spawn_blocking};

use crate::{
    ambient::{self, Frame, Key, Place, guard},
    carry::Luggage,
    child::crew::Order,
    error::Payload,
    live::Alive,
    testing::hook,
    token::Scope,
};

/// How the future or closure of a child ended.
pub(crate) enum End<R> {
    Returned(R),
    Panicked(Payload),
    /// Stopped by its group before it was done.
    Stopped,
    /// Stopped before it began.
    NeverStarted,
    /// The runtime was shut down under it.
    Lost,
}

/// An end, and what keeps the group waiting until the end itself, value included, has been taken or destroyed.
pub struct Ended<R> {
    end: End<R>,
    _alive: Option<Arc<Alive>>,
}

pub type Handle<R> = JoinHandle<Ended<R>>;

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

/// Which child this is, and what it has to remember.
#[derive(Clone, Copy)]
struct Badge {
    key: Key,
    has_begun: bool,
    has_waited: bool,
    /// Does the owner hear of the end by the crew's list, or by the handle?
    reports: bool,
}

pin_project! {
    struct Task<F> {
        #[pin]
        child: Option<F>,
        alive: Option<Arc<Alive>>,
        badge: Badge,
    }

    impl<F> PinnedDrop for Task<F> {
        fn drop(this: Pin<&mut Self>) {
            // Only a runtime that shuts down drops a task that has not ended.
            let this = this.project();
            if let Some(alive) = this.alive.take() {
                let mut child = this.child;
                let mut inside = Inside::new(alive);
                let dropped = inside.run(this.badge.key, || child.set(None));
                drop(dropped);
                drop(ambient::take_withheld());
                drop(inside.end(this.badge));
            }
        }
    }
}

/// The group of a child, while the child runs.
struct Inside(Place);

impl Inside {
    fn new(alive: Arc<Alive>) -> Self {
        Self(Place { frame: Some(Frame::Alive(alive)), asked: false })
    }

    /// Runs a part of the child as the code of its group, with what it carries.
    #[inline]
    fn run<R>(&mut self, key: Key, part: impl FnOnce() -> R) -> Result<R, Payload> {
        let alive = match &self.0.frame {
            Some(Frame::Alive(alive)) if alive.luggage().is_some() => Some(alive.clone()),
            _ => None,
        };
        let result = ambient::within(&mut self.0, |child| {
            child.set(key);
            match alive.as_ref().and_then(|alive| alive.luggage()) {
                None => guard(part),
                Some(luggage) => luggage.around(|| guard(part)),
            }
        });
        if self.0.asked {
            self.0.asked = false;
            self.scope().listen();
        }
        result
    }

    fn scope(&self) -> &Scope {
        match &self.0.frame {
            Some(frame) => frame.scope(),
            None => unreachable!("a frame comes back from where it was lent to"),
        }
    }

    fn leave(self) -> Option<Arc<Alive>> {
        match self.0.frame {
            Some(Frame::Alive(alive)) => Some(alive),
            _ => None,
        }
    }

    /// Reports the end; the child's future is gone. The ends of channels that went with it are told of when the owner
    /// has taken the child's own end.
    fn end(self, badge: &Badge) -> Option<Arc<Alive>> {
        let withheld = ambient::take_withheld();
        if badge.reports || badge.has_waited {
            self.scope().crew.end(badge.key, badge.has_waited, badge.reports);
        }
        match self.leave() {
            Some(alive) if !withheld.is_empty() => Some(alive.with_luggage(Luggage::withheld(withheld))),
            alive => alive,
        }
    }
}

impl<F: Future> Task<F> {
    /// Polls the child until it waits or ends; `None` if it waits.
    #[inline]
    fn advance(
        mut child: Pin<&mut Option<F>>,
        inside: &mut Inside,
        badge: &mut Badge,
        cx: &mut Context<'_>,
    ) -> Option<End<F::Output>> {
        loop {
            let order = inside.scope().crew.order();
            if order != Order::Run {
                let scope = inside.scope();
                if !badge.has_begun {
                    return Some(End::NeverStarted);
                }
                let last_poll = scope.is_listened() || scope.is_shielding(badge.key);
                if order == Order::Kill || (order == Order::Stop && !last_poll) {
                    return Some(End::Stopped);
                }
            }
            badge.has_begun = true;
            let polled = inside.run(badge.key, || match child.as_mut().as_pin_mut() {
                Some(child) => child.poll(cx),
                None => Poll::Pending,
            });
            hook::child_polled();
            match polled {
                Ok(Poll::Ready(value)) => return Some(End::Returned(value)),
                Err(payload) => {
                    hook::child_panicked(&payload);
                    return Some(End::Panicked(payload));
                }
                Ok(Poll::Pending) => {}
            }
            match order {
                Order::Run | Order::Close => {
                    if badge.has_waited {
                        return None;
                    }
                    if inside.scope().crew.wait(badge.key, cx.waker()) {
                        badge.has_waited = true;
                        return None;
                    }
                }
                Order::Stop if inside.scope().is_shielding(badge.key) => return None,
                Order::Stop | Order::Kill => return Some(End::Stopped),
            }
        }
    }
}

impl<F: Future> Future for Task<F> {
    type Output = Ended<F::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(alive) = this.alive.take() else { panic!("a task was polled after its end") };
        let mut inside = Inside::new(alive);
        let Some(mut end) = Self::advance(this.child.as_mut(), &mut inside, this.badge, cx) else {
            *this.alive = inside.leave();
            drop(ambient::take_withheld());
            return Poll::Pending;
        };
        if let Err(payload) = inside.run(this.badge.key, || this.child.set(None)) {
            hook::child_panicked(&payload);
            end = replaced_by_panic(end, payload);
        }
        Poll::Ready(Ended { end, _alive: inside.end(this.badge) })
    }
}

/// The destructor of a child panicked: that is how it ended, unless it had panicked before.
pub(crate) fn replaced_by_panic<R>(end: End<R>, payload: Payload) -> End<R> {
    match end {
        End::Panicked(first) => {
            discard(payload);
            End::Panicked(first)
        }
        end => {
            discard(end);
            End::Panicked(payload)
        }
    }
}

/// Drops what may panic in doing so, where there is a panic already.
pub(crate) fn discard<T>(value: T) {
    if let Err(payload) = guard(|| drop(value)) {
        // A payload whose own destructor panics is beyond anybody: leaked rather than looped over.
        std::mem::forget(payload);
    }
}

/// Something of which the owner can still say that it never begins.
pub trait Revoke {
    /// `Some` if it had not begun, and now never will; its destructor may have panicked.
    fn revoke(&self) -> Option<Result<(), Payload>>;
}

/// How a child ended that could be taken back.
pub(crate) fn revoked<R>(revoke: &impl Revoke) -> Option<End<R>> {
    revoke.revoke().map(|dropped| match dropped {
        Ok(()) => End::NeverStarted,
        Err(payload) => End::Panicked(payload),
    })
}

/// A task decides by itself.
impl Revoke for () {
    fn revoke(&self) -> Option<Result<(), Payload>> {
        None
    }
}

/// Starts a child on a tokio task.
pub(crate) fn start_task<F>(future: F, alive: Arc<Alive>, key: Key, reports: bool) -> (Handle<F::Output>, ())
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let badge = Badge { key, has_begun: false, has_waited: false, reports };
    (spawn(Task { child: Some(future), alive: Some(alive), badge }), ())
}

/// A closure that waits for a thread of the blocking pool.
struct Queued<F> {
    closure: Mutex<Option<(F, Arc<Alive>)>>,
}

impl<F> Queued<F> {
    fn take(&self) -> Option<(F, Arc<Alive>)> {
        self.closure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<F> Revoke for Queued<F> {
    fn revoke(&self) -> Option<Result<(), Payload>> {
        let (closure, alive) = self.take()?;
        let dropped = guard(|| drop(closure));
        drop(alive);
        Some(dropped)
    }
}

/// A closure that may still be taken back.
pub struct Revocable(Arc<dyn Revoke + Send + Sync>);

impl Revoke for Revocable {
    fn revoke(&self) -> Option<Result<(), Payload>> {
        self.0.revoke()
    }
}

/// Starts a child on the blocking pool.
pub(crate) fn start_blocking<F, R>(closure: F, alive: Arc<Alive>, key: Key, reports: bool) -> (Handle<R>, Revocable)
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let queued = Arc::new(Queued { closure: Mutex::new(Some((closure, alive))) });
    let handle = spawn_blocking({
        let queued = queued.clone();
        move || {
            let Some((closure, alive)) = queued.take() else { return Ended { end: End::NeverStarted, _alive: None } };
            let mut inside = Inside::new(alive);
            let badge = Badge { key, has_begun: true, has_waited: false, reports };
            let end = if inside.scope().crew.order() == Order::Run {
                match ambient::blocking(|| inside.run(key, closure)) {
                    Ok(value) => End::Returned(value),
                    Err(payload) => End::Panicked(payload),
                }
            } else {
                match guard(|| drop(closure)) {
                    Ok(()) => End::NeverStarted,
                    Err(payload) => End::Panicked(payload),
                }
            };
            Ended { end, _alive: inside.end(&badge) }
        }
    });
    (handle, Revocable(queued))
}
