//! The user's side of a child statement: it starts children, and returns their handles.
//!
//! 1. The children are behind one lock, the handles' cells behind another. While a child is polled, the first is held; no
//!    code of a child can reach the first, and nothing is polled while the second is held. So neither can deadlock.
//! 2. A child with a handle has a token of its own, so that its owner can cancel it alone.
//! 3. A child that starts is counted in the core in the same call. Otherwise the function could return while it runs.

use std::{
    any::Any,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::Context,
};

use crate::{
    budget::unconstrained,
    child::{
        blocking::Revocable,
        output::ChildOutput,
        poll_set::PollSet,
        report::{Handle, poll_handle},
        task::ChildId,
    },
    context::{self, child_guard::ChildGuard, key::Key, orders::Order, scope::Scope},
    machine::{
        core::Core,
        nodes::{Step, StepCx},
        outcome::End,
    },
    name::{Label, LazyName, Name, Written},
    observe::{self, Kind},
    spawner::Job,
    sync::Mutex,
    task_fn::{
        absorb::{Absorbs, Converts},
        children::{Children, PollChild, poll_inline, read_handle},
        handle::{Cells, Child},
        hub::Hub,
        record::{ChildRecord, Elsewhere},
        statement::Statement,
        store::{Single, Store},
    },
    unwind::{Payload, guard},
};

/// One child statement. `S` keeps what is polled: the child's future, or the handle of its task.
pub struct Site<'h, S: Store, T, E> {
    hub: &'h Hub<E>,
    statement: Statement<'h>,
    /// The cells in which handles wait, if the statement has a name.
    cells: Option<Arc<Cells<T>>>,
    started: AtomicUsize,
    children: Mutex<Children<S, T, E>>,
}

impl<'h, R, T, E> Site<'h, Single<R>, T, E> {
    /// A child statement of the function that has the `hub`.
    pub fn new(hub: &'h Hub<E>, name: Written) -> Self {
        let name = Label::new(name);
        let statement = Statement {
            name,
            arm: hub.next_arm(),
            repeats: false,
            daemon: false,
            has_handles: false,
            signals: &hub.signals,
        };
        Self { hub, statement, cells: None, started: AtomicUsize::new(0), children: Mutex::default() }
    }

    /// One whose children have handles: the statement has a name, which the body uses.
    pub fn named(hub: &'h Hub<E>, name: Written) -> Self {
        let mut site = Self::new(hub, name);
        site.statement.has_handles = true;
        site.cells = Some(Arc::default());
        site
    }

    /// Allows any number of children, which are numbered: the statement is in a loop.
    pub fn in_loop(self) -> Site<'h, PollSet<R, ChildRecord>, T, E> {
        let statement = Statement { repeats: true, ..self.statement };
        Site { hub: self.hub, statement, cells: self.cells, started: self.started, children: Mutex::default() }
    }
}

/// `#[daemon]`: it has no name, and its value is `()`.
impl<S: Store, E> Site<'_, S, (), E> {
    /// Makes its children daemons.
    pub fn daemon(mut self) -> Self {
        self.statement.daemon = true;
        self
    }
}

impl<'h, S: Store, T, E> Site<'h, S, T, E> {
    fn next_item(&self) -> usize {
        // Relaxed: only the body starts children, in its own poll. Atomic, because the stages share the site.
        self.started.fetch_add(1, Relaxed)
    }

    fn handle(&self, item: usize, cell: Option<usize>) -> Child<'h, T> {
        handle(&self.statement, self.cells.as_ref().zip(cell), item)
    }

    /// Registers a child that begins: it is counted, and due in the next round.
    fn admit(
        &self,
        child: S::Child,
        poll: PollChild<S::Child, T, E>,
        item: usize,
        elsewhere: Option<Elsewhere>,
    ) -> Child<'h, T> {
        // The cell is there before the child is driven, because its end needs a place for the value.
        let cell = self.cells.as_ref().map(|cells| cells.open());
        let record = begins(self.hub, &self.statement, item, cell, elsewhere);
        // One lock after the other, and never both: the hub's is released above.
        let mut children = self.children.lock();
        // Known only now: the function pointer is typed by the expression, and the site is made before it is evaluated.
        children.poll = Some(poll);
        children.elsewhere = record.elsewhere.is_some();
        children.store.insert(child, record);
        drop(children);
        self.handle(item, cell)
    }

    /// Drops a child that never starts, because the group was cancelled before there was room for it. Awaiting the handle
    /// never resolves: the function is about to end.
    fn refuse(&self, child: impl Sized) -> Child<'h, T> {
        let item = self.next_item();
        // Here, where the statement is: its destructor is user code, and runs under no lock.
        let dropped = guard(|| drop(child));
        never_begins(self.hub, &self.statement, item, dropped);
        let cell = self.cells.as_ref().map(|cells| cells.open_without_child());
        self.handle(item, cell)
    }

    /// Returns `true` if a child of this statement never starts any more. Daemons take no room, so they are not queued.
    fn is_refused(&self) -> bool {
        self.hub.refuses_statements(self.statement.daemon)
    }
}

// Apart from the site, whose types are those of its child: compiled once for each error type.

/// Counts a child that begins; returns its record.
fn begins<E>(
    hub: &Hub<E>,
    statement: &Statement<'_>,
    item: usize,
    cell: Option<usize>,
    elsewhere: Option<Elsewhere>,
) -> ChildRecord {
    hub.with(|core| {
        core.statement_begins(statement.daemon);
        let watch = match elsewhere {
            Some(_) => observe::Child::default(), // its task has the entry
            None => core.watch_inline(statement.daemon, statement.who(item)),
        };
        let mut record = ChildRecord::new(item, cell, elsewhere, watch);
        // It begins in a function that was cancelled from outside, sees that from its first poll, and counts as listening.
        record.saved.listens = core.is_closed();
        record
    })
}

/// Makes the handle of a child whose value comes to this cell.
// Without the site: a handle names the hub only, so it can be kept anywhere above the statement.
fn handle<'h, T>(statement: &Statement<'h>, cell: Option<(&Arc<Cells<T>>, usize)>, item: usize) -> Child<'h, T> {
    Child::new(cell, statement.who(item), statement.signals, statement.arm)
}

/// Makes the guard of a child that is about to begin on a task or thread of its own.
fn begins_elsewhere<E>(
    hub: &Hub<E>,
    scope: Option<&Arc<Scope>>,
    (kind, daemon): (Kind, bool),
    who: LazyName,
    given: Option<Name>,
) -> ChildGuard {
    hub.with(|core| {
        if let Some(given) = given {
            core.give_name(who, given);
        }
        if let (Some(scope), true) = (scope, core.is_closed()) {
            // As in the scope of the function: it was started under this order.
            scope.orders.raise(Order::Close);
        }
        core.guard_for_statement(scope, kind, daemon, who)
    })
}

/// Accounts for a child that never begins, and for what its destructor panicked with.
#[cold]
#[inline(never)]
fn never_begins<E>(hub: &Hub<E>, statement: &Statement<'_>, item: usize, dropped: Result<(), Payload>) {
    // Out, because a report may destroy what the user gave.
    hub.with_core_out(|core| {
        core.statement_refused(statement.daemon);
        if let Err(payload) = dropped {
            core.slotless_panic(statement.child_name(item), payload);
        }
    });
}

/// `#[child]`
impl<'h, S, F, T, E> Site<'h, S, T, E>
where
    // On a line of its own: rustc quotes it in borrow errors.
    S: Store<Child = F>,
{
    /// Starts a child; its error becomes the function's, as with `?`.
    pub fn start<A, X>(&self, arm: A) -> Child<'h, T>
    where
        A: IntoFuture<IntoFuture = F>,
        A: ChildOutput<A::Output, Value = T, Error = X>,
        E: Converts<X>,
    {
        // Before `into_future`, which is code of a child that never starts.
        if self.is_refused() {
            return self.refuse(arm);
        }
        self.admit(arm.into_future(), polls_and_converts::<A, T, X, E>(), self.next_item(), None)
    }

    /// Starts a literal `async` block, whose error may be the function's own; the second argument is an integer literal
    /// (`task_fn/absorb.rs`).
    pub fn start_block<X, K>(&self, arm: F, _: K) -> Child<'h, T>
    where
        F: Future,
        F: ChildOutput<F::Output, Value = T, Error = X>,
        E: Absorbs<X, K>,
    {
        if self.is_refused() {
            return self.refuse(arm);
        }
        let poll: PollChild<F, T, E> = |child, record, cx| {
            poll_inline(child, record, cx, |future, cx| {
                F::poll_fn()(future, cx).map(|result| result.map_err(E::absorb))
            })
        };
        self.admit(arm, poll, self.next_item(), None)
    }
}

/// Returns the poll function through `A`, the only bound on an arm: with one on the future as well, one mistake would be
/// two errors.
fn polls_and_converts<A, T, X, E>() -> PollChild<A::IntoFuture, T, E>
where
    A: IntoFuture,
    A: ChildOutput<A::Output, Value = T, Error = X>,
    E: Converts<X>,
{
    |child, record, cx| {
        poll_inline(child, record, cx, |future, cx| A::poll_fn()(future, cx).map(|result| result.map_err(E::from)))
    }
}

/// `#[spawn]`, `#[blocking]`
impl<'h, S, T, X, E> Site<'h, S, T, E>
where
    S: Store<Child = Handle<Result<T, X>>>,
{
    /// Starts a child on a task of its own.
    pub fn spawn<A>(&self, arm: A) -> Child<'h, T>
    where
        A: IntoFuture,
        A: ChildOutput<A::Output, Value = T, Error = X>,
        A::IntoFuture: Send + 'static,
        T: Send + 'static,
        X: Send + 'static,
        E: Converts<X>,
    {
        self.spawn_block(arm, 0_u8)
    }

    /// Starts a closure on the blocking pool.
    pub fn blocking<F, O>(&self, closure: F) -> Child<'h, T>
    where
        F: FnOnce() -> O + Send + 'static,
        F: ChildOutput<O, Value = T, Error = X>,
        T: Send + 'static,
        X: Send + 'static,
        E: Converts<X>,
    {
        self.blocking_block(closure, 0_u8)
    }

    /// Starts a literal `async` block on a task of its own: see [`start_block`](Site::start_block).
    pub fn spawn_block<A, K>(&self, arm: A, _: K) -> Child<'h, T>
    where
        A: IntoFuture,
        A: ChildOutput<A::Output, Value = T, Error = X>,
        A::IntoFuture: Send + 'static,
        T: Send + 'static,
        X: Send + 'static,
        E: Absorbs<X, K>,
    {
        if self.is_refused() {
            return self.refuse(arm);
        }
        let future = arm.into_future();
        // A job of a spawner may have a name of its own.
        let given = (&future as &dyn Any).downcast_ref::<Job<X>>().and_then(Job::name).cloned();
        self.start_elsewhere(fetch::<T, X, E, K>, Kind::Spawned, given, |live, child| {
            let (handle, ()) = A::task_alone(future, live, child);
            (handle, None)
        })
    }

    /// Starts a literal closure on the blocking pool: see [`start_block`](Site::start_block).
    pub fn blocking_block<F, O, K>(&self, closure: F, _: K) -> Child<'h, T>
    where
        F: FnOnce() -> O + Send + 'static,
        F: ChildOutput<O, Value = T, Error = X>,
        T: Send + 'static,
        X: Send + 'static,
        E: Absorbs<X, K>,
    {
        if self.is_refused() {
            return self.refuse(closure);
        }
        self.start_elsewhere(fetch::<T, X, E, K>, Kind::Blocking, None, |live, child| {
            let (handle, revoke) = F::blocking_alone(closure, live, child);
            (handle, Some(revoke))
        })
    }

    fn start_elsewhere(
        &self,
        poll: PollChild<Handle<Result<T, X>>, T, E>,
        kind: Kind,
        given: Option<Name>,
        start: impl FnOnce(ChildGuard, ChildId) -> (Handle<Result<T, X>>, Option<Revocable>),
    ) -> Child<'h, T> {
        // Without a handle, nothing can cancel the child alone, and a scope of its own would be an allocation for nothing.
        let own = self.cells.is_some();
        let scope = own.then(|| Scope::of_child(context::current().map(|frame| frame.scope().clone())));
        // The wrapper needs the key before the child has its place: critical sections and orders are noted under it.
        let key = Key::place(self.statement.arm, self.children.lock().store.next_place());
        let item = self.next_item();
        let (who, daemon) = (self.statement.who(item), self.statement.daemon);
        let live = begins_elsewhere(self.hub, scope.as_ref(), (kind, daemon), who, given);
        // Neither lock is held here: starting a task runs code of the runtime, and its wakers.
        let (handle, revoke) = start(live, ChildId::new(key, self.statement.short_name(item)));
        self.admit(handle, poll, item, Some(Elsewhere { scope, revoke }))
    }
}

fn fetch<T, X, E: Absorbs<X, K>, K>(
    handle: Pin<&mut Handle<Result<T, X>>>,
    _: &mut ChildRecord,
    cx: &mut Context<'_>,
) -> Option<End<Result<T, E>>> {
    read_handle(handle, cx, |handle, cx| {
        let handle = handle.get_mut();
        // The owner reads at most one end for each child that it started, so the budget need not bound it.
        unconstrained(cx, |cx| poll_handle(handle, cx)).map(|end| end.map(|result| result.map_err(E::absorb)))
    })
}

/// The sites of a stage, in written order.
pub trait Sites<E> {
    /// Whether there are none.
    #[doc(hidden)]
    const EMPTY: bool = false;
    #[doc(hidden)]
    fn drive(&self, scx: &mut StepCx<'_, '_>, core: &mut Core<E>);
    /// Polls the children of all of them, in a pass that only polls them ([`Core::only_polls`]).
    #[doc(hidden)]
    fn poll(&self, scx: &mut StepCx<'_, '_>, core: &mut Core<E>);
}

impl<E> Sites<E> for () {
    const EMPTY: bool = true;

    fn drive(&self, _: &mut StepCx<'_, '_>, _: &mut Core<E>) {}
    fn poll(&self, _: &mut StepCx<'_, '_>, _: &mut Core<E>) {}
}

// The lock of children is held while they are polled: their code cannot reach it, because no child statement is in a child. The
// list is nested to the right: the first is the first in the text.
impl<S: Store, T, E, N: Sites<E>> Sites<E> for (&Site<'_, S, T, E>, N) {
    fn drive(&self, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let (site, rest) = self;
        site.drive(scx, core);
        rest.drive(scx, core);
    }

    #[inline]
    fn poll(&self, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        if core.has_decision() {
            return;
        }
        let (site, rest) = self;
        site.children.lock().poll(&site.statement, &site.cells, scx, core);
        core.notes_budget(site.statement.arm + 1);
        rest.poll(scx, core);
    }
}

impl<S: Store, T, E> Site<'_, S, T, E> {
    /// Makes a step of the children, if it is for them.
    #[inline(never)]
    fn drive(&self, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let arm = self.statement.arm;
        let is_meant =
            scx.step != Step::Run || (scx.arms.contains(&arm) && !core.is_decided() && !core.yields_before(arm));
        if is_meant {
            self.children.lock().drive(&self.statement, &self.cells, scx, core);
            core.notes_budget(arm + 1);
        }
    }
}
