//! The task of a spawned child: a wrapper of the user's future.
//!
//! The wrapper, and not an abort from outside, decides when the child stops: that is what makes a last poll and a
//! critical section possible. It holds one pointer and one key besides the child, and its task is its only allocation.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tokio::task::{JoinHandle, spawn};

use crate::{
    budget,
    child::{
        end_queue::EndQueue,
        report::{Ended, Handle, Report, ToHandle, ToQueue},
    },
    context::{
        self, Frame, SavedContext, child_guard::ChildGuard, key::Key, live_guard::LiveGuard, orders::Order,
        scope::Scope,
    },
    machine::outcome::{End, Fails, replaced_by_panic},
    name::{LazyName, ShortName},
    observe, probe,
    unwind::{Payload, guard},
};

/// Which child of its group runs elsewhere.
#[derive(Clone, Copy)]
pub struct ChildId {
    pub(super) key: Key,
    who: ShortName,
}

impl ChildId {
    #[inline(always)]
    pub(crate) fn new(key: Key, who: ShortName) -> Self {
        Self { key, who }
    }

    #[inline]
    pub(super) fn who(&self) -> LazyName {
        self.who.lazy()
    }
}

/// A child elsewhere, and how far it has come.
#[derive(Clone, Copy)]
pub(super) struct ChildState {
    pub(super) id: ChildId,
    pub(super) has_begun: bool,
    pub(super) has_waited: bool,
    /// The last order under which it begins.
    begins_under: Order,
    /// The order that it has obeyed.
    pub(super) seen: Order,
    /// The child as an exploration knows it.
    turns: probe::Task,
}

impl ChildState {
    pub(super) fn new(scope: &Scope, id: ChildId) -> Self {
        let order = scope.orders.order();
        Self {
            id,
            has_begun: false,
            has_waited: false,
            begins_under: order.begins_under(),
            seen: order,
            turns: probe::Task::announced(),
        }
    }
}

/// What an order means for a child that is about to be polled.
enum Obeyed {
    Polled,
    PolledLater,
    Stopped,
    NeverStarted,
}

impl ChildState {
    /// Obeys an order, before a poll. Apart from the poll, because nearly all polls are made without an order.
    #[cold]
    #[inline(never)]
    fn obeys(&mut self, order: Order, inside: &InContext, cx: &Context<'_>) -> Obeyed {
        if order > self.seen {
            // The order took the child's waker along.
            self.seen = order;
            self.has_waited = false;
        }
        // Ordered to stop before its first poll: it never starts (rule 2).
        if !self.has_begun && order > self.begins_under {
            return Obeyed::NeverStarted;
        }
        let scope = inside.scope();
        if order.ends_before_poll(scope.is_listened() || inside.saved.asked, scope.is_shielding(self.id.key)) {
            return Obeyed::Stopped;
        }
        // A poll without budget does not count as the last one: every tokio resource, `select!` included, would return
        // `Pending` without looking. The order may have come during a poll that used the budget up.
        if order >= Order::Leave && !budget::remains() {
            cx.waker().wake_by_ref();
            return Obeyed::PolledLater;
        }
        Obeyed::Polled
    }

    /// Returns `true` if an order ends the child after a poll that did not.
    #[cold]
    #[inline(never)]
    fn ends_under(&self, order: Order, inside: &InContext) -> bool {
        // A critical section goes on; the poll that ends it is the last one (state 50). A group inside that has not had
        // the budget for all of its children has woken the task, for the rest of the last poll.
        let put_off = inside.saved.put_off && order != Order::Kill;
        !put_off && order.ends_after_poll(inside.saved.listens, inside.scope().is_shielding(self.id.key))
    }
}

pin_project! {
    struct Task<F, S>
    where
        F: Future,
        S: Report<F::Output>,
    {
        #[pin]
        child: Option<F>,
        // It is left when the end is made.
        inside: InContext,
        watch: observe::Child,
        state: ChildState,
        to: S,
    }

    impl<F, S> PinnedDrop for Task<F, S>
    where
        F: Future,
        S: Report<F::Output>,
    {
        fn drop(this: Pin<&mut Self>) {
            // Only a runtime that shuts down drops a task that has not ended. The owner may run on another one, and would
            // wait forever if this end were not reported.
            let this = this.project();
            if !this.inside.is_left() {
                let (mut child, inside) = (this.child, this.inside);
                let dropped = inside.run(&this.state.id, this.watch, || child.set(None), |()| false);
                // What it panicked with goes with the runtime, which is why the child ends.
                drop(dropped);
                *this.watch = observe::Child::default();
                drop(this.to.report(this.state.id.key, inside.end(this.state, End::Lost)));
            }
        }
    }
}

/// The group of a child that runs elsewhere, until its end is on its way; and what is noted there of the child.
pub(super) struct InContext {
    /// `asked`: whether the child has looked at its token since it began, so that a last poll is of use. `listens`: DESIGN §1.
    saved: SavedContext,
}

impl InContext {
    pub(super) fn new(alive: Arc<LiveGuard>) -> Self {
        // Started in a cancelled function, it sees that from its first poll.
        let listens = alive.scope().orders.order() != Order::Run;
        Self { saved: SavedContext { frame: Some(Frame::LiveGuard(alive)), listens, ..SavedContext::default() } }
    }

    /// Runs a part of the child in the context of its group, with what it carries. `is_pending`: the part was a poll, and the child
    /// is not done.
    #[inline]
    pub(super) fn run<R>(
        &mut self,
        id: &ChildId,
        watch: &observe::Child,
        part: impl FnOnce() -> R,
        is_pending: impl FnOnce(&R) -> bool,
    ) -> Result<R, Payload> {
        // A clone, because the frame itself is on the thread's stack while the child runs; most children carry nothing.
        let alive = match &self.saved.frame {
            Some(Frame::LiveGuard(alive)) if alive.carried().is_some() => Some(alive.clone()),
            _ => None,
        };
        let result = context::elsewhere::within(&mut self.saved, id.key, || {
            let polled = || match alive.as_ref().and_then(|alive| alive.carried()) {
                None => guard(part),
                Some(carried) => carried.with_values(|| guard(part)),
            };
            let result = watch.run(polled, |polled| polled.as_ref().is_ok_and(is_pending));
            if result.is_err() {
                note_failure(id.key);
            }
            if context::ends::has_dropped_end() {
                context::ends::name_ends(id.who().name());
            }
            result
        });
        // Noted in the scope, where the owner reads whether a last poll is of use.
        if self.saved.asked {
            self.scope().task_looks();
        }
        result
    }

    pub(super) fn scope(&self) -> &Scope {
        match &self.saved.frame {
            Some(Frame::LiveGuard(alive)) => alive.scope(),
            _ => unreachable!("a guard comes back from where it was lent to"),
        }
    }

    /// Returns `true` once the end of the child is on its way.
    fn is_left(&self) -> bool {
        self.saved.frame.is_none()
    }

    fn leave(&mut self) -> Option<Arc<LiveGuard>> {
        match self.saved.frame.take() {
            Some(Frame::LiveGuard(alive)) => Some(alive),
            _ => None,
        }
    }

    /// Makes the end of a child whose future has been dropped.
    pub(super) fn end<R>(&mut self, state: &ChildState, end: End<R>) -> Ended<R> {
        if state.has_waited {
            self.scope().orders.end(state.id.key);
        }
        Ended::new(end, self.leave())
    }
}

/// Notes that the child that runs here has failed. Inside its context, so before the ends of channels that it dropped are
/// visible: the failures that follow from those are not the first (see `context/first.rs`).
#[cold]
pub(super) fn note_failure(child: Key) {
    context::peek(|scope| scope.note_first(child));
}

/// Destroys what is left of a child that runs here; a panic in that is a failure too.
fn drop_noting(child: Key, part: impl FnOnce()) -> Result<(), Payload> {
    let dropped = guard(part);
    if dropped.is_err() {
        note_failure(child);
    }
    dropped
}

/// How a child ended, and what its destructor panicked with, if it has run already.
type Advanced<R> = (End<R>, Result<(), Payload>);

impl<F: Future<Output: Fails>, S: Report<F::Output>> Task<F, S> {
    /// Polls the child; `None` if it waits.
    #[inline(always)]
    fn advance(
        mut child: Pin<&mut Option<F>>,
        watch: &observe::Child,
        inside: &mut InContext,
        state: &mut ChildState,
        cx: &mut Context<'_>,
    ) -> Option<Advanced<F::Output>> {
        let undropped = |end| Some((end, Ok(())));
        let order = inside.scope().orders.order();
        if order != Order::Run {
            match state.obeys(order, inside, cx) {
                Obeyed::Polled => {}
                Obeyed::PolledLater => return None,
                Obeyed::Stopped => return undropped(End::Stopped),
                Obeyed::NeverStarted => return undropped(End::NeverStarted),
            }
        } else if state.turns.is_put_off() {
            // An exploration lets others go first. Not after an order: the poll may be the last one.
            cx.waker().wake_by_ref();
            return None;
        }
        state.has_begun = true;
        let (key, mut ended) = (state.id.key, None);
        // The end is not what the closure returns: that is moved several times, in each poll.
        let poll = || {
            let Some(running) = child.as_mut().as_pin_mut() else { return true };
            let Poll::Ready(value) = running.poll(cx) else { return true };
            if value.fails() {
                note_failure(key);
            }
            // A child that is done is dropped at once, still in the context of its group.
            ended = Some((End::Returned(value), drop_noting(key, || child.set(None))));
            false
        };
        let polled = inside.run(&state.id, watch, poll, |is_pending| *is_pending);
        probe::child_polled();
        if let Err(payload) = polled {
            probe::child_panicked(&payload);
            return undropped(End::Panicked(payload));
        }
        if ended.is_some() {
            return ended;
        }
        // It is `None`, which has nothing to drop; a call would find that out in each poll.
        std::mem::forget(ended);
        if order != Order::Run && state.ends_under(order, inside) {
            return undropped(End::Stopped);
        }
        if !state.has_waited {
            if inside.scope().orders.wait(state.id.key, cx.waker(), order) {
                state.has_waited = true;
            } else {
                // An order came during the poll, when the child's waker was not registered yet: the next poll obeys it.
                cx.waker().wake_by_ref();
            }
        }
        None
    }
}

impl<F: Future<Output: Fails>, S: Report<F::Output>> Future for Task<F, S> {
    type Output = S::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (mut child, inside, watch, state) = (this.child, this.inside, this.watch, this.state);
        let Some((mut end, mut dropped)) = Self::advance(child.as_mut(), watch, inside, state, cx) else {
            return Poll::Pending;
        };
        if child.is_some() {
            // Stopped, or panicked: it is destroyed before its end is reported, and still in the context of its group.
            dropped = inside.run(&state.id, watch, || child.set(None), |()| false);
        }
        if let Err(payload) = dropped {
            probe::child_panicked(&payload);
            end = replaced_by_panic(end, payload);
        }
        // Before the end is reported, with which the group may be over.
        std::mem::take(watch).ends(end.failed());
        let ended = inside.end(state, end);
        Poll::Ready(this.to.report(state.id.key, ended))
    }
}

/// Starts a child on a tokio task.
fn start_task<F, S>(future: F, guard: ChildGuard, child: ChildId, to: S) -> (JoinHandle<S::Output>, ())
where
    F: Future + Send + 'static,
    F::Output: Fails + Send + 'static,
    S: Report<F::Output> + Send + 'static,
{
    let ChildGuard { watch, live } = guard;
    let state = ChildState::new(live.scope(), child);
    #[cfg(all(tokio_unstable, feature = "tracing"))]
    let name = watch.name();
    let task = Task { child: Some(future), inside: InContext::new(live), watch, state, to };
    // For tokio-console.
    #[cfg(all(tokio_unstable, feature = "tracing"))]
    if let Some(name) = name {
        return match tokio::task::Builder::new().name(&name).spawn(task) {
            Ok(handle) => (handle, ()),
            Err(error) => panic!("tokio does not spawn a task: {error}"),
        };
    }
    // Outside a runtime this panics, which the caller reports as the end of the child.
    (spawn(task), ())
}

/// Starts a child that is alone in its arm, on a task.
pub(crate) fn task_alone<F>(future: F, guard: ChildGuard, child: ChildId) -> (Handle<F::Output>, ())
where
    F: Future + Send + 'static,
    F::Output: Fails + Send + 'static,
{
    start_task(future, guard, child, ToHandle)
}

/// Starts one of the children of a `for`, on a task. The value of the body becomes a future here, and not in a closure:
/// the hidden type of that would make rustc report a child that is not `Send` three times.
pub(crate) fn task_of_many<F>(future: F, guard: ChildGuard, child: ChildId, queue: Arc<EndQueue<Ended<F::Output>>>)
where
    F: IntoFuture,
    F::IntoFuture: Send + 'static,
    F::Output: Fails + Send + 'static,
{
    drop(start_task(future.into_future(), guard, child, ToQueue(queue)));
}
