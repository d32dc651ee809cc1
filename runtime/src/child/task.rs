//! What runs on a task or a thread of its own for a group: the wrapper around the user's future or closure.
//!
//! The wrapper, and not an abort from outside, decides when the child stops: that is what makes a last poll and a
//! critical section possible. It holds one pointer and one key besides the child, and its task is its only allocation.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use pin_project_lite::pin_project;
use tokio::task::{JoinHandle, spawn, spawn_blocking};

use crate::{
    context::{self, Alive, Frame, Key, Place, Scope, carry::Luggage, orders::Order},
    observe::Kind,
    testing::hook,
    unwind::{Payload, discard, guard},
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

/// Where a child's end goes.
trait Report<R> {
    /// What is left for tokio's own handle.
    type Output: Send + 'static;

    fn report(&self, child: Key, ended: Ended<R>) -> Self::Output;
}

/// Into the handle of the task: for a child that is alone in its arm.
struct ToHandle;

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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
struct ToLane<R>(Arc<Lane<R>>);

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

/// Which child this is, and what it has to remember.
#[derive(Clone, Copy)]
struct Badge {
    key: Key,
    has_begun: bool,
    has_waited: bool,
}

pin_project! {
    struct Task<F, S>
    where
        F: Future,
        S: Report<F::Output>,
    {
        #[pin]
        child: Option<F>,
        alive: Option<Arc<Alive>>,
        badge: Badge,
        to: S,
    }

    impl<F, S> PinnedDrop for Task<F, S>
    where
        F: Future,
        S: Report<F::Output>,
    {
        fn drop(this: Pin<&mut Self>) {
            // Only a runtime that shuts down drops a task that has not ended.
            let this = this.project();
            if let Some(alive) = this.alive.take() {
                let mut child = this.child;
                let mut inside = Inside::new(alive);
                let dropped = inside.run(this.badge.key, || child.set(None));
                drop(dropped);
                drop(context::take_withheld());
                drop(this.to.report(this.badge.key, inside.end(this.badge, End::Lost)));
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
        let result = context::within(&mut self.0, |child| {
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
    fn end<R>(self, badge: &Badge, end: End<R>) -> Ended<R> {
        let withheld = context::take_withheld();
        if badge.has_waited {
            self.scope().crew.end(badge.key);
        }
        let alive = match self.leave() {
            Some(alive) if !withheld.is_empty() => Some(alive.with_luggage(Luggage::withheld(withheld))),
            alive => alive,
        };
        Ended { end, _alive: alive }
    }
}

/// How a child ended, and what its destructor panicked with if it has run already.
type Gone<R> = (End<R>, Result<(), Payload>);

impl<F: Future, S: Report<F::Output>> Task<F, S> {
    /// Polls the child until it waits or ends; `None` if it waits.
    #[inline]
    fn advance(
        mut child: Pin<&mut Option<F>>,
        inside: &mut Inside,
        badge: &mut Badge,
        cx: &mut Context<'_>,
    ) -> Option<Gone<F::Output>> {
        let undropped = |end| Some((end, Ok(())));
        loop {
            let order = inside.scope().crew.order();
            if order != Order::Run {
                let scope = inside.scope();
                if !badge.has_begun {
                    return undropped(End::NeverStarted);
                }
                let last_poll = scope.is_listened() || scope.is_shielding(badge.key);
                if order == Order::Kill || (order == Order::Stop && !last_poll) {
                    return undropped(End::Stopped);
                }
            }
            badge.has_begun = true;
            // A child that is done goes at once, while its group is still around it.
            let polled = inside.run(badge.key, || match child.as_mut().as_pin_mut() {
                Some(running) => running.poll(cx).map(|value| (value, guard(|| child.set(None)))),
                None => Poll::Pending,
            });
            hook::child_polled();
            match polled {
                Ok(Poll::Ready((value, dropped))) => return Some((End::Returned(value), dropped)),
                Err(payload) => {
                    hook::child_panicked(&payload);
                    return undropped(End::Panicked(payload));
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
                Order::Stop | Order::Kill => return undropped(End::Stopped),
            }
        }
    }
}

impl<F: Future, S: Report<F::Output>> Future for Task<F, S> {
    type Output = S::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(alive) = this.alive.take() else { panic!("a task was polled after its end") };
        let mut inside = Inside::new(alive);
        let Some((mut end, mut dropped)) = Self::advance(this.child.as_mut(), &mut inside, this.badge, cx) else {
            *this.alive = inside.leave();
            drop(context::take_withheld());
            return Poll::Pending;
        };
        if this.child.is_some() {
            dropped = inside.run(this.badge.key, || this.child.set(None));
        }
        if let Err(payload) = dropped {
            hook::child_panicked(&payload);
            end = replaced_by_panic(end, payload);
        }
        let ended = inside.end(this.badge, end);
        Poll::Ready(this.to.report(this.badge.key, ended))
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

/// Something of which the owner can still say that it never begins.
pub trait Revoke {
    /// How the child runs.
    fn kind() -> Kind
    where
        Self: Sized;

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
    fn kind() -> Kind {
        Kind::Spawned
    }

    fn revoke(&self) -> Option<Result<(), Payload>> {
        None
    }
}

/// Starts a child on a tokio task.
fn start_task<F, S>(future: F, alive: Arc<Alive>, key: Key, to: S) -> (JoinHandle<S::Output>, ())
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
    S: Report<F::Output> + Send + 'static,
{
    let badge = Badge { key, has_begun: false, has_waited: false };
    #[cfg(all(tokio_unstable, feature = "tracing"))]
    let name = alive.luggage().and_then(|luggage| luggage.name());
    let task = Task { child: Some(future), alive: Some(alive), badge, to };
    // For tokio-console.
    #[cfg(all(tokio_unstable, feature = "tracing"))]
    if let Some(name) = name {
        return match tokio::task::Builder::new().name(&name).spawn(task) {
            Ok(handle) => (handle, ()),
            Err(error) => panic!("tokio does not spawn a task: {error}"),
        };
    }
    (spawn(task), ())
}

/// A child that is alone in its arm, on a task.
pub(crate) fn task_alone<F>(future: F, alive: Arc<Alive>, key: Key) -> (Handle<F::Output>, ())
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    start_task(future, alive, key, ToHandle)
}

/// One of the children of a `for`, on a task. What the body gave becomes a future here, not in a closure around the
/// body: its hidden type would make rustc report a child that cannot be sent three times.
pub(crate) fn task_of_many<F>(child: F, alive: Arc<Alive>, key: Key, lane: Arc<Lane<F::Output>>)
where
    F: IntoFuture,
    F::IntoFuture: Send + 'static,
    F::Output: Send + 'static,
{
    drop(start_task(child.into_future(), alive, key, ToLane(lane)));
}

/// A child that is alone in its arm, on the blocking pool.
pub(crate) fn blocking_alone<F, R>(closure: F, alive: Arc<Alive>, key: Key) -> (Handle<R>, Revocable)
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    start_blocking(closure, alive, key, ToHandle)
}

/// One of the children of a `for`, on the blocking pool.
pub(crate) fn blocking_of_many<F, R>(closure: F, alive: Arc<Alive>, key: Key, lane: Arc<Lane<R>>) -> Revocable
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    start_blocking(closure, alive, key, ToLane(lane)).1
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
    fn kind() -> Kind {
        Kind::Blocking
    }

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
    fn kind() -> Kind {
        Kind::Blocking
    }

    fn revoke(&self) -> Option<Result<(), Payload>> {
        self.0.revoke()
    }
}

/// Starts a child on the blocking pool.
fn start_blocking<F, R, S>(closure: F, alive: Arc<Alive>, key: Key, to: S) -> (JoinHandle<S::Output>, Revocable)
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
    S: Report<R> + Send + 'static,
{
    let queued = Arc::new(Queued { closure: Mutex::new(Some((closure, alive))) });
    let mut job = Job { queued: Some(queued.clone()), key, to, kind: PhantomData };
    let handle = spawn_blocking(move || job.run());
    (handle, Revocable(queued))
}

/// What runs on the blocking thread; dropped without having run only by a runtime that shuts down.
struct Job<F, R, S: Report<R>> {
    queued: Option<Arc<Queued<F>>>,
    key: Key,
    to: S,
    kind: PhantomData<fn() -> R>,
}

impl<F: FnOnce() -> R, R, S: Report<R>> Job<F, R, S> {
    fn run(&mut self) -> S::Output {
        let taken = self.queued.take().and_then(|queued| queued.take());
        // Taken back: the owner knows, and has let go of the place.
        let Some((closure, alive)) = taken else {
            return self.to.report(Key::OWNER, Ended { end: End::NeverStarted, _alive: None });
        };
        let mut inside = Inside::new(alive);
        let badge = Badge { key: self.key, has_begun: true, has_waited: false };
        let end = if inside.scope().crew.order() == Order::Run {
            match context::blocking(|| inside.run(badge.key, closure)) {
                Ok(value) => End::Returned(value),
                Err(payload) => End::Panicked(payload),
            }
        } else {
            match guard(|| drop(closure)) {
                Ok(()) => End::NeverStarted,
                Err(payload) => End::Panicked(payload),
            }
        };
        let ended = inside.end(&badge, end);
        self.to.report(self.key, ended)
    }
}

impl<F, R, S: Report<R>> Drop for Job<F, R, S> {
    fn drop(&mut self) {
        if let Some((closure, alive)) = self.queued.take().and_then(|queued| queued.take()) {
            discard(closure);
            drop(self.to.report(self.key, Ended { end: End::Lost, _alive: Some(alive) }));
        }
    }
}
