//! Where the children of one child statement live: typed by their future, on the function's own frame.
//!
//! 1. The futures are behind one lock, the handles' cells behind another. While a child is polled, the first is held; no
//!    code of a child can reach the first, and nothing is polled while the second is held.
//! 2. A child with a handle has a token of its own, so that its owner can cancel it alone.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::{
    budget::unconstrained,
    child::{
        blocking::{Revocable, blocking_alone, revoked},
        poll_set::PollSet,
        report::{Handle, poll_handle},
        task::task_alone,
    },
    context::{self, SavedContext, key::Key, orders::Order, scope::Scope},
    error::Cause,
    machine::outcome::{End, replaced_by_panic},
    name::{LazyName, Name},
    observe::{self, Kind},
    sync::{Mutex, MutexGuard},
    task_fn::{
        handle::{Cells, Child},
        hub::{Hub, Report, Step, Stopping},
    },
    unwind::guard,
};

type PollEnd<R, T, E> = fn(Pin<&mut R>, &mut Context<'_>) -> Poll<End<Result<T, E>>>;

/// One child statement. `R` is what is polled: the child's future, or the handle of its task.
pub struct Site<'h, R, T, E> {
    hub: &'h Hub<E>,
    name: &'static str,
    number: usize,
    /// In a loop, its children are numbered.
    repeats: bool,
    handled: bool,
    daemon: bool,
    started: AtomicUsize,
    /// The last round in which everybody who was due was polled.
    round: AtomicUsize,
    /// Has a handle asked for the end of its child?
    stopping: AtomicBool,
    live: Mutex<Live<R, T, E>>,
    cells: Cells<T>,
}

struct Live<R, T, E> {
    pool: PollSet<R, Record>,
    /// Known from the first child on.
    poll: Option<PollEnd<R, T, E>>,
}

/// What is known of a child besides its future.
struct Record {
    item: usize,
    /// Where its handle waits for it, if it has one.
    cell: Option<usize>,
    place: SavedContext,
    has_begun: bool,
    elsewhere: Option<Elsewhere>,
    mercy: Mercy,
    watch: observe::Child,
}

/// A child that runs on a task or thread of its own.
struct Elsewhere {
    /// Its own; a child without a handle has the group's.
    scope: Option<Arc<Scope>>,
    revoke: Option<Revocable>,
}

impl Elsewhere {
    fn raise(&self, order: Order) {
        if let Some(scope) = &self.scope {
            scope.orders.raise(order);
        }
    }

    /// How it ended, if it had not begun, and now never will.
    fn revoke<V>(&self) -> Option<End<V>> {
        match revoked(self.revoke.as_ref()?)? {
            End::NeverStarted => Some(End::Stopped),
            end => Some(end),
        }
    }
}

/// How far the owner's own cancellation of this child has come.
enum Mercy {
    NotCancelled,
    LastPoll,
    Grace(Pin<Box<Sleep>>),
    /// It has been told, and stops by itself.
    Stopping,
}

/// An inline child is alone in its place.
const CHILD: Key = Key::arm(0);

impl Record {
    fn new(item: usize, cell: Option<usize>, elsewhere: Option<Elsewhere>, watch: observe::Child) -> Self {
        Self {
            item,
            cell,
            place: SavedContext::default(),
            has_begun: false,
            elsewhere,
            mercy: Mercy::NotCancelled,
            watch,
        }
    }

    /// Is the child in a critical section?
    fn is_shielding(&self) -> bool {
        self.place.frame.as_ref().is_some_and(|frame| frame.scope().is_shielding(CHILD))
    }

    /// After a poll that did not end an inline child: must it end now?
    fn is_over(&mut self, stopping: Stopping, cx: &mut Context<'_>) -> bool {
        match (&mut self.mercy, stopping) {
            (_, Stopping::Kill) => true,
            (Mercy::LastPoll, _) | (_, Stopping::Stop) => !self.is_shielding(),
            (Mercy::Grace(timer), Stopping::No) => unconstrained(cx, |cx| timer.as_mut().poll(cx)).is_ready(),
            (Mercy::NotCancelled | Mercy::Stopping, Stopping::No) => false,
        }
    }

    /// The same for a child elsewhere: it decides itself, but hears when its grace is over.
    fn hurry(&mut self, cx: &mut Context<'_>) {
        if let (Mercy::Grace(timer), Some(elsewhere)) = (&mut self.mercy, &self.elsewhere) {
            if unconstrained(cx, |cx| timer.as_mut().poll(cx)).is_ready() {
                elsewhere.raise(Order::Kill);
                self.mercy = Mercy::Stopping;
            }
        }
    }
}

impl<'h, R, T, E> Site<'h, R, T, E> {
    /// A child statement of the function that has the `hub`.
    pub fn new(hub: &'h Hub<E>, name: &'static str) -> Self {
        Self {
            hub,
            name,
            number: hub.next_site(),
            repeats: false,
            handled: false,
            daemon: false,
            started: AtomicUsize::new(0),
            round: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            live: Mutex::new(Live { pool: PollSet::default(), poll: None }),
            cells: Cells::default(),
        }
    }

    /// It stands in a loop: its children are numbered.
    pub fn in_loop(mut self) -> Self {
        self.repeats = true;
        self
    }

    /// Its children have names that the body uses.
    pub fn named(mut self) -> Self {
        self.handled = true;
        self
    }

    fn lock(&self) -> MutexGuard<'_, Live<R, T, E>> {
        self.live.lock()
    }

    fn child_name(&self, item: usize) -> Name {
        if self.repeats { LazyName::item(self.name, item).name() } else { LazyName::arm(self.name).name() }
    }

    fn next_item(&self) -> usize {
        self.started.fetch_add(1, Relaxed)
    }

    fn admit(&self, child: R, poll: PollEnd<R, T, E>, item: usize, elsewhere: Option<Elsewhere>) -> Child<'_, T> {
        let cell = self.handled.then(|| self.cells.open());
        let watch = match elsewhere {
            Some(_) => observe::Child::default(), // its task has it
            None => self.hub.watch(Kind::Inline, self.daemon, || self.child_name(item)),
        };
        {
            let mut live = self.lock();
            live.poll = Some(poll);
            let place = live.pool.insert(child, Record::new(item, cell, elsewhere, watch));
            live.pool.put_off(place);
        }
        self.hub.report(Report::Began { daemon: self.daemon });
        if !self.daemon {
            self.hub.count(true);
        }
        self.hub.refresh();
        Child::new(&self.cells, cell, self.child_name(item), &self.stopping, self.hub.fresh())
    }
}

/// `#[child]`
impl<F, T, E> Site<'_, F, T, E> {
    /// Starts a child; its error becomes the function's, as with `?`.
    pub fn start<A, X>(&self, arm: A) -> Child<'_, T>
    where
        A: IntoFuture<IntoFuture = F, Output = Result<T, X>>,
        E: From<X>,
    {
        self.admit(arm.into_future(), polls_and_converts::<A, T, X, E>(), self.next_item(), None)
    }

    /// Starts a literal `async` block: its error *is* the function's, or `?` inside would be ambiguous.
    pub fn start_block(&self, arm: F) -> Child<'_, T>
    where
        F: Future<Output = Result<T, E>>,
    {
        let poll: PollEnd<F, T, E> = |future, cx| future.poll(cx).map(End::Returned);
        self.admit(arm, poll, self.next_item(), None)
    }
}

/// Through `A`, the only bound that an arm has to meet: with one on the future as well, one mistake would be two errors.
fn polls_and_converts<A, T, X, E>() -> PollEnd<A::IntoFuture, T, E>
where
    A: IntoFuture<Output = Result<T, X>>,
    E: From<X>,
{
    |future, cx| future.poll(cx).map(|result| End::Returned(result.map_err(E::from)))
}

/// `#[daemon]`: it has no name, and its value is `()`.
impl<R, E> Site<'_, R, (), E> {
    /// Its children are daemons.
    pub fn daemon(mut self) -> Self {
        self.daemon = true;
        self
    }
}

/// `#[spawn]`, `#[blocking]`
impl<T, X, E> Site<'_, Handle<Result<T, X>>, T, E> {
    /// Starts a child on a task of its own.
    pub fn spawn<A>(&self, arm: A) -> Child<'_, T>
    where
        A: IntoFuture<Output = Result<T, X>>,
        A::IntoFuture: Send + 'static,
        T: Send + 'static,
        X: Send + 'static,
        E: From<X>,
    {
        self.start_elsewhere(fetch, Kind::Spawned, |scope, key, watch| {
            let (handle, ()) = task_alone(arm.into_future(), self.hub.guard_for_child(scope, watch), key);
            (handle, None)
        })
    }

    /// Starts a closure on the blocking pool.
    pub fn blocking<F>(&self, closure: F) -> Child<'_, T>
    where
        F: FnOnce() -> Result<T, X> + Send + 'static,
        T: Send + 'static,
        X: Send + 'static,
        E: From<X>,
    {
        self.start_elsewhere(fetch, Kind::Blocking, |scope, key, watch| {
            let (handle, revoke) = blocking_alone(closure, self.hub.guard_for_child(scope, watch), key);
            (handle, Some(revoke))
        })
    }

    fn start_elsewhere(
        &self,
        poll: PollEnd<Handle<Result<T, X>>, T, E>,
        kind: Kind,
        start: impl FnOnce(Option<&Arc<Scope>>, Key, observe::Child) -> (Handle<Result<T, X>>, Option<Revocable>),
    ) -> Child<'_, T> {
        let scope = self.handled.then(|| Scope::group(context::current().map(|frame| frame.scope().clone()), None));
        let key = Key::place(self.number, self.lock().pool.next_place());
        let item = self.next_item();
        let watch = self.hub.watch(kind, self.daemon, || self.child_name(item));
        let (handle, revoke) = start(scope.as_ref(), key, watch);
        self.admit(handle, poll, item, Some(Elsewhere { scope, revoke }))
    }
}

/// The same for literal `async` blocks and closures.
impl<T, E> Site<'_, Handle<Result<T, E>>, T, E> {
    /// See [`start_block`](Site::start_block).
    pub fn spawn_block<A>(&self, arm: A) -> Child<'_, T>
    where
        A: IntoFuture<Output = Result<T, E>>,
        A::IntoFuture: Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.spawn(arm)
    }

    /// See [`start_block`](Site::start_block).
    pub fn blocking_block<F>(&self, closure: F) -> Child<'_, T>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.blocking(closure)
    }
}

fn fetch<T, X, E: From<X>>(handle: Pin<&mut Handle<Result<T, X>>>, cx: &mut Context<'_>) -> Poll<End<Result<T, E>>> {
    let handle = handle.get_mut();
    // What the owner reads is bounded by what it started: no need to come back for it.
    unconstrained(cx, |cx| poll_handle(handle, cx)).map(|end| match end {
        End::Returned(result) => End::Returned(result.map_err(E::from)),
        End::Panicked(payload) => End::Panicked(payload),
        End::Stopped => End::Stopped,
        End::NeverStarted => End::NeverStarted,
        End::Lost => End::Lost,
    })
}

// The machine's side.
impl<R, T, E> Site<'_, R, T, E> {
    /// Polls who may have something to say.
    fn run(&self, cx: &mut Context<'_>) {
        let mut live = self.lock();
        if live.pool.is_empty() {
            return;
        }
        if self.round.swap(self.hub.round(), Relaxed) != self.hub.round() {
            live.pool.start_round(cx.waker(), self.hub.step() == Step::RunAll);
        }
        if self.stopping.swap(false, Relaxed) {
            self.cancel_asked(&mut live, cx);
        }
        let crowded = live.pool.is_crowded();
        while !self.hub.is_decided() && live.pool.has_due() && self.hub.may_go_on() {
            let Some(place) = live.pool.next_due() else { return };
            self.poll(&mut live, place, crowded, cx);
        }
    }

    #[inline]
    fn poll(&self, live: &mut Live<R, T, E>, place: usize, tracked: bool, cx: &mut Context<'_>) {
        let Some(poll) = live.poll else { return };
        let stopping = self.hub.stopping();
        let end = live.pool.step(place, tracked, cx, |child, record, cx| {
            record.has_begun = true;
            let polled = match record.elsewhere {
                Some(_) => guard(|| poll(child, cx)),
                None => context::within(&mut record.place, |key| {
                    key.set(CHILD);
                    guard(|| record.watch.run(|| poll(child, cx)))
                }),
            };
            match polled {
                Ok(Poll::Ready(end)) => Some(end),
                Err(payload) => Some(End::Panicked(payload)),
                Ok(Poll::Pending) if record.elsewhere.is_some() => {
                    record.hurry(cx);
                    None
                }
                Ok(Poll::Pending) => record.is_over(stopping, cx).then_some(End::Stopped),
            }
        });
        if let Some(end) = end {
            self.end(live, place, end, cx);
        }
    }

    /// The child in `place` has ended, or is made to.
    fn end(&self, live: &mut Live<R, T, E>, place: usize, end: End<Result<T, E>>, cx: &Context<'_>) {
        let mut own = live.pool.meta(place).map(|record| std::mem::take(&mut record.place)).unwrap_or_default();
        let mut removed = (None, Ok(()));
        // The destructor of an inline child is its own code.
        context::within(&mut own, |key| {
            key.set(CHILD);
            removed = live.pool.remove(place);
        });
        let (Some(record), dropped) = removed else { return };
        let end = match dropped {
            Ok(()) => end,
            Err(payload) => replaced_by_panic(end, payload),
        };
        let daemon = self.daemon;
        let cancelled = !matches!(record.mercy, Mercy::NotCancelled);
        let name = || self.child_name(record.item);
        let mut value = None;
        let report = match end {
            End::Returned(Ok(result)) => {
                value = Some(result);
                Report::Done { daemon }
            }
            End::Returned(Err(error)) if cancelled => Report::Cancelled { daemon, late: Some((name(), error)) },
            End::Returned(Err(error)) => Report::Failed { child: name(), daemon, error },
            End::Panicked(payload) => Report::Panicked { child: name(), daemon, payload },
            End::Stopped | End::NeverStarted if cancelled => Report::Cancelled { daemon, late: None },
            End::Stopped | End::NeverStarted => Report::Stopped { daemon },
            End::Lost => Report::Lost { child: name(), daemon },
        };
        self.hub.report(report);
        if !daemon {
            self.hub.count(false);
        }
        // A value that nobody waits for goes here; its destructor is the child's.
        let closed = guard(|| match record.cell {
            Some(cell) => self.cells.close(cell, value),
            None => {
                drop(value);
                None
            }
        });
        match closed {
            Ok(Some(waker)) if waker.will_wake(cx.waker()) => self.hub.refresh(),
            Ok(Some(waker)) => {
                self.hub.refresh();
                waker.wake();
            }
            Ok(None) => {}
            Err(payload) => self.hub.report(Report::Extra { child: name(), payload }),
        }
    }

    /// Some handles want their children to end.
    fn cancel_asked(&self, live: &mut Live<R, T, E>, cx: &mut Context<'_>) {
        for place in live.pool.places_by(|record| record.item) {
            let Some(record) = live.pool.meta(place) else { continue };
            let asked = record.cell.is_some_and(|cell| self.cells.is_asked_to_stop(cell));
            if !asked || !matches!(record.mercy, Mercy::NotCancelled) {
                continue;
            }
            let cause = Cause::Requested { group: self.child_name(record.item) };
            let grace = self.hub.grace().and_then(|grace| Instant::now().checked_add(grace));
            let grace = grace.map(|at| Box::pin(sleep_until(at)));
            let now = match &record.elsewhere {
                Some(elsewhere) => {
                    if let Some(scope) = &elsewhere.scope {
                        scope.cancel(cause);
                    }
                    elsewhere.raise(if grace.is_some() { Order::Close } else { Order::Stop });
                    elsewhere.revoke()
                }
                None => {
                    context::within(&mut record.place, |_| drop(context::current()));
                    let listened = record.place.frame.as_ref().is_some_and(|frame| {
                        frame.scope().cancel(cause);
                        frame.scope().is_listened()
                    });
                    let now = !record.has_begun || (grace.is_none() && !listened && !record.place.asked);
                    now.then_some(End::Stopped)
                }
            };
            record.mercy = match grace {
                Some(timer) => Mercy::Grace(timer),
                None if record.elsewhere.is_some() => Mercy::Stopping,
                None => Mercy::LastPoll,
            };
            if let Some(end) = now {
                self.end(live, place, end, cx);
            } else {
                live.pool.make_due(place);
            }
        }
    }

    /// A step of the machine that is not a run.
    fn step(&self, cx: &mut Context<'_>) {
        let step = self.hub.step();
        let mut live = self.lock();
        live.pool.forget_fresh();
        for place in live.pool.places_by(|record| record.item) {
            let Some(record) = live.pool.meta(place) else { continue };
            let ends = match (&record.elsewhere, step) {
                (Some(elsewhere), Step::Close) => {
                    elsewhere.raise(Order::Close);
                    elsewhere.revoke()
                }
                (Some(elsewhere), Step::Stop | Step::Kill | Step::Drop) => {
                    elsewhere.raise(if step == Step::Kill { Order::Kill } else { Order::Stop });
                    elsewhere.revoke().or((step == Step::Drop).then_some(End::Stopped))
                }
                (None, Step::Close) => (!record.has_begun).then_some(End::Stopped),
                (None, Step::Stop) => (!record.is_shielding()).then_some(End::Stopped),
                (None, Step::Kill | Step::Drop) => Some(End::Stopped),
                _ => None,
            };
            if let Some(end) = ends {
                self.end(&mut live, place, end, cx);
            }
        }
    }
}

/// The sites of a stage.
pub trait Sites<E> {
    #[doc(hidden)]
    fn run(&self, cx: &mut Context<'_>);
    #[doc(hidden)]
    fn step(&self, cx: &mut Context<'_>);
}

impl<E> Sites<E> for () {
    fn run(&self, _: &mut Context<'_>) {}
    fn step(&self, _: &mut Context<'_>) {}
}

impl<R, T, E, N: Sites<E>> Sites<E> for (&Site<'_, R, T, E>, N) {
    #[inline]
    fn run(&self, cx: &mut Context<'_>) {
        Site::run(self.0, cx);
        self.1.run(cx);
    }

    fn step(&self, cx: &mut Context<'_>) {
        Site::step(self.0, cx);
        self.1.step(cx);
    }
}
