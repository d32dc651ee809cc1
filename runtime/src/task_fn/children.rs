//! The machine's side of one child statement: its children are driven as the arms of a group are.
//!
//! 1. All code of a child, destructors and its discarded value included, runs in the child's own saved context. Otherwise
//!    it would see the token of the function, or of no group at all.
//! 2. A child leaves the store before its end is reported. So no step of the machine can meet it twice.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::time::Instant;

use crate::{
    context::{self, key::Key, orders::Order},
    error::{Cause, Unfinished},
    machine::{
        core::Core,
        nodes::{Step, StepCx},
        outcome::{End, Outcome, replaced_by_panic},
        timers::Timer,
    },
    name::{Label, LazyName, Name},
    task_fn::{
        handle::Cells,
        hub::{Signals, Wanted},
        record::{CHILD, ChildCancel, ChildRecord},
        store::{Removed, Store},
    },
    unwind::guard,
};

pub(super) type PollEnd<R, T, E> = fn(Pin<&mut R>, &mut Context<'_>) -> Poll<End<Result<T, E>>>;

/// The facts about one child statement that do not change.
pub(super) struct Statement<'h, T> {
    pub(super) name: Label,
    pub(super) arm: usize,
    /// Whether it is in a loop, so that its children are numbered.
    pub(super) repeats: bool,
    pub(super) daemon: bool,
    /// The cells in which handles wait, if the statement has a name.
    pub(super) cells: Option<Arc<Cells<T>>>,
    pub(super) signals: &'h Signals,
}

impl<T> Statement<'_, T> {
    pub(super) fn who(&self, item: usize) -> LazyName {
        if self.repeats { LazyName::item(self.name, item) } else { LazyName::arm(self.name) }
    }

    pub(super) fn child_name(&self, item: usize) -> Name {
        self.who(item).name()
    }
}

/// The children of one statement.
pub(super) struct Children<S: Store, T, E> {
    pub(super) store: S,
    /// Polls a child; set when the first one starts.
    pub(super) poll: Option<PollEnd<S::Child, T, E>>,
    /// Whether they run on tasks or threads of their own.
    pub(super) elsewhere: bool,
}

impl<S: Store, T, E> Default for Children<S, T, E> {
    fn default() -> Self {
        Self { store: S::default(), poll: None, elsewhere: false }
    }
}

impl<S: Store, T, E> Children<S, T, E> {
    pub(super) fn drive(&mut self, statement: &Statement<'_, T>, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        match scx.step {
            Step::Run => self.run(statement, scx, core),
            Step::Collect => self.collect(statement, scx, core),
            Step::Close | Step::Leave | Step::Stop | Step::Drop => self.end_some(statement, scx, core),
            Step::ListUnfinished if !statement.daemon => {
                let mut items = Vec::new();
                self.store.records(&mut |record| {
                    items.push(statement.who(record.item));
                    items.len() < Unfinished::MOST
                });
                core.lists_many(self.store.len(), items.into_iter());
            }
            Step::ListUnfinished
            | Step::Drain
            | Step::Report
            | Step::Late
            | Step::Gather
            | Step::Finish
            | Step::Begin
            | Step::Resume { .. } => {}
        }
    }

    /// Polls the children that are due.
    #[inline(always)]
    fn run(&mut self, statement: &Statement<'_, T>, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        if statement.signals.any() {
            self.answer_handles(statement, scx, core);
        }
        if self.store.is_empty() {
            return;
        }
        if S::SINGLE {
            // With the owner's waker: polling one child is cheaper than finding out whether it was woken.
            if !self.puts_turn_off(statement, 0, core) {
                self.poll_here(statement, 0, false, scx, core);
            }
            return;
        }
        self.run_round(statement, scx, core);
    }

    /// Takes the ends of children that run elsewhere.
    fn collect(&mut self, statement: &Statement<'_, T>, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        if self.store.is_empty() || !self.elsewhere {
            return;
        }
        self.store.start_round(scx.cx.waker(), false);
        let crowded = self.store.is_crowded();
        while let Some(place) = self.store.next_due() {
            self.poll(statement, place, crowded, scx, core);
        }
    }

    /// Polls the child in `place`, and ends it if it is done or must end.
    #[inline(never)]
    pub(super) fn poll(
        &mut self,
        statement: &Statement<'_, T>,
        place: usize,
        tracked: bool,
        scx: &mut StepCx<'_, '_>,
        core: &mut Core<E>,
    ) {
        self.poll_here(statement, place, tracked, scx, core);
    }

    /// Does what [`poll`](Self::poll) does, as a part of its caller: of the pass over a single child.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll_here(
        &mut self,
        statement: &Statement<'_, T>,
        place: usize,
        tracked: bool,
        scx: &mut StepCx<'_, '_>,
        core: &mut Core<E>,
    ) {
        let Some(poll) = self.poll else { return };
        let order = core.order();
        // For groups further out, and for sections: this is the child of the function that runs.
        context::set_child(Key::place(statement.arm, place));
        let end = if S::SINGLE {
            // Without the closure, whose frames would be on the stack on each level of nested functions.
            let Some((child, record)) = self.store.only() else { return };
            poll_once(poll, child, record, order, scx.cx)
        } else {
            self.store.step(place, tracked, scx.cx, |child, record, cx| poll_once(poll, child, record, order, cx))
        };
        if context::ends::has_dropped_end() {
            self.name_ends(statement, place, core);
        }
        match end {
            Some(end) => self.end(statement, place, end, scx, core),
            None if core.puts_off(statement.arm, true) => self.store.make_due(place),
            None => {}
        }
    }

    /// What was dropped in the poll that has just returned was dropped by the child in `place`.
    #[cold]
    #[inline(never)]
    fn name_ends(&mut self, statement: &Statement<'_, T>, place: usize, core: &Core<E>) {
        if let Some(record) = self.store.record(place) {
            core.name_ends(statement.who(record.item));
        }
    }

    /// Takes out the child in `place`, which has ended or must end, and reports its end.
    #[inline(never)]
    fn end(
        &mut self,
        statement: &Statement<'_, T>,
        place: usize,
        end: End<Result<T, E>>,
        scx: &mut StepCx<'_, '_>,
        core: &mut Core<E>,
    ) {
        let Some(record) = self.store.record(place) else { return };
        record.watch.ends(end.failed());
        let item = record.item;
        let mut saved = std::mem::take(&mut record.saved);
        let elsewhere = record.elsewhere.as_ref().and_then(|elsewhere| elsewhere.scope.clone());
        // The destructor of an inline child is the code of the child.
        let entered = context::enter(&mut saved);
        context::set_child(CHILD);
        let removed = self.store.remove(place);
        core.name_ends(statement.who(item));
        drop(entered);
        self.report(statement, place, (end, removed), &mut saved, scx, core);
        // Rule 1 for the token of one child: what escaped with it is not waited on forever. After its value, if no handle
        // waits for that, has been destroyed as the code of the child.
        let own = elsewhere.as_ref().or_else(|| saved.frame.as_ref().map(|frame| frame.scope()));
        if let Some(own) = own.filter(|own| !own.is_cancelled()) {
            own.cancel(Cause::Finished { group: statement.child_name(item) });
        }
    }

    /// Reports the end of a child that has been dropped. Apart from [`end`](Self::end), in whose frame functions inside the
    /// child are dropped.
    #[inline(never)]
    fn report(
        &mut self,
        statement: &Statement<'_, T>,
        place: usize,
        (end, (record, dropped)): (End<Result<T, E>>, Removed),
        saved: &mut context::SavedContext,
        scx: &mut StepCx<'_, '_>,
        core: &mut Core<E>,
    ) {
        let Some(record) = record else { return };
        let end = match dropped {
            Ok(()) => end,
            Err(payload) => replaced_by_panic(end, payload),
        };
        let who = statement.who(record.item);
        if record.elsewhere.is_some() {
            core.takes(Key::place(statement.arm, place));
        }
        let by_owner = record.cancel.is_requested();
        let value = if statement.daemon {
            core.daemon_ended(who, end.map(|result| result.map(drop)));
            None
        } else {
            let supervised = statement.cells.is_none() && core.supervises();
            match core.statement_ended(who, end, by_owner, supervised) {
                Outcome::Done(value) => Some(value),
                _ => None,
            }
        };
        let Some((cell, cells)) = record.cell.zip(statement.cells.as_ref()) else {
            // A value that no handle waits for is destroyed here; its destructor is the code of the child.
            return self.discard(statement, record.item, value, saved, core);
        };
        let (waiting, unwanted) = cells.close(cell, value);
        if let Some(waker) = waiting {
            // What awaits the handle may be a child of another statement that has been polled in this pass already, with
            // the owner's own waker: another round polls it, and waking the owner as well would only cost a poll.
            core.request_round();
            if !waker.will_wake(scx.cx.waker()) {
                waker.wake();
            }
        }
        self.discard(statement, record.item, unwanted, saved, core);
    }

    /// Destroys an unwanted value of a child, in the context of the child.
    fn discard(
        &self,
        statement: &Statement<'_, T>,
        item: usize,
        value: Option<T>,
        saved: &mut context::SavedContext,
        core: &mut Core<E>,
    ) {
        let Some(value) = value else { return };
        let dropped = context::within(saved, |key| {
            key.set(CHILD);
            guard(|| drop(value))
        });
        if let Err(payload) = dropped {
            if statement.cells.is_none() && core.supervises() {
                core.supervised::<()>(statement.who(item), statement.daemon, End::Panicked(payload));
            } else {
                core.slotless_panic(statement.child_name(item), payload);
            }
        }
    }

    /// Carries out the requests of handles that were dropped, or that cancel their child.
    fn answer_handles(&mut self, statement: &Statement<'_, T>, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let Some(cells) = &statement.cells else { return };
        for (cell, wanted) in statement.signals.take(statement.arm) {
            match wanted {
                Wanted::NoValue => {
                    // If the child has ended, its context is gone with its record.
                    let unwanted = cells.abandon(cell);
                    let mut nowhere = context::SavedContext::default();
                    self.discard(statement, cell, unwanted, &mut nowhere, core);
                }
                Wanted::End => {
                    let mut places = self.store.places().into_iter();
                    let is_its = |place: &usize, store: &mut S| {
                        store.record(*place).is_some_and(|record| record.cell == Some(cell))
                    };
                    if let Some(place) = places.find(|place| is_its(place, &mut self.store)) {
                        self.cancel(statement, place, scx, core);
                    }
                }
            }
        }
    }

    /// Cancels one child, at the request of its handle's owner.
    fn cancel(&mut self, statement: &Statement<'_, T>, place: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        // A child elsewhere may have ended by itself: its end counts, an error too, or it would be lost.
        if self.store.record(place).is_some_and(|record| record.elsewhere.is_some()) {
            self.poll(statement, place, false, scx, core);
        }
        let Some(record) = self.store.record(place) else { return };
        if record.cancel.is_requested() {
            return;
        }
        let cause = Cause::Requested { group: statement.child_name(record.item) };
        let grace = core.options().grace.and_then(|grace| Instant::now().checked_add(grace));
        let now = match &record.elsewhere {
            Some(elsewhere) => {
                if let Some(scope) = &elsewhere.scope {
                    scope.cancel(cause);
                }
                // With a grace period the wrapper lets it go on, and `poll_grace` raises the order when that expires.
                elsewhere.raise(if grace.is_some() { Order::Close } else { Order::Stop });
                elsewhere.revoke()
            }
            None => {
                // The child has a scope of its own only now: a token made before would cost every child one.
                context::within(&mut record.saved, |_| drop(context::current()));
                let listened = record.saved.frame.as_ref().is_some_and(|frame| {
                    frame.scope().cancel(cause);
                    frame.scope().is_listened()
                });
                // A child that never looked at its token cannot react in a last poll (rule 2).
                let deaf = grace.is_none() && !listened && !record.saved.asked && !record.is_shielding();
                (!record.has_begun || deaf).then_some(End::Stopped)
            }
        };
        record.cancel = match grace {
            Some(at) => {
                let mut timer = Timer::default();
                timer.set(Some(at), "the grace period", core.here);
                ChildCancel::Grace(timer)
            }
            None if record.elsewhere.is_some() => ChildCancel::Ordered,
            None => ChildCancel::LastPoll,
        };
        match now {
            Some(end) => self.end(statement, place, end, scx, core),
            // A child that waits for something else is polled now, so that it sees its cancellation.
            None => self.store.make_due(place),
        }
    }

    /// Ends the children that a step of the machine ends without a poll, in the order in which they began.
    fn end_some(&mut self, statement: &Statement<'_, T>, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        self.store.before_many_are_removed();
        let order = core.order();
        for place in self.store.places() {
            if let Some(end) = self.ends_without_a_poll(place, scx.step, order) {
                self.end(statement, place, end, scx, core);
            }
        }
    }

    /// Gives the child in `place` its order. Returns how it ends, if it ends at once.
    #[inline(never)]
    fn ends_without_a_poll(&mut self, place: usize, step: Step, order: Order) -> Option<End<Result<T, E>>> {
        let record = self.store.record(place)?;
        // A child elsewhere ends by itself, at its order; only a closure that has not begun can be taken back.
        match (&record.elsewhere, step) {
            (Some(elsewhere), Step::Close) => {
                elsewhere.raise(Order::Close);
                elsewhere.revoke()
            }
            (Some(elsewhere), Step::Leave) => {
                elsewhere.raise(Order::Leave);
                None
            }
            (Some(elsewhere), step) => {
                // A drop of the owner leaves a task its critical section, as the order to the group does.
                elsewhere.raise(if step == Step::Drop { Order::Stop } else { order.max(Order::Stop) });
                elsewhere.revoke().or((step == Step::Drop).then_some(End::Stopped))
            }
            // Its statement has run, so to the user it was stopped; but its future was never polled (rule 2).
            (None, Step::Close) => (!record.has_begun).then_some(End::Stopped),
            // A drop cannot wait, not even for a critical section (rule 7).
            (None, Step::Drop) => Some(End::Stopped),
            (None, _) => order.ends_after_poll(record.saved.listens, record.is_shielding()).then_some(End::Stopped),
        }
    }
}

/// Polls one child. Returns its end, if it is done or must end.
#[inline(always)]
fn poll_once<R, T, E>(
    poll: PollEnd<R, T, E>,
    child: Pin<&mut R>,
    record: &mut ChildRecord,
    order: Order,
    cx: &mut Context<'_>,
) -> Option<End<Result<T, E>>> {
    record.has_begun = true;
    if record.elsewhere.is_some() {
        return read_handle(poll, child, record, cx);
    }
    if record.waits_for_budget(cx) {
        return None;
    }
    let polled = {
        let _entered = context::enter(&mut record.saved);
        context::set_child(CHILD);
        guard(|| record.watch.run(|| poll(child, cx), Poll::is_pending))
    };
    match polled {
        Ok(Poll::Pending) => record.must_end(order, cx).then_some(End::Stopped),
        Ok(Poll::Ready(end)) => Some(end),
        Err(payload) => Some(End::Panicked(payload)),
    }
}

/// Reads the handle of a child on a task or thread of its own. No code of the child runs, so it needs no context of its own.
#[inline(never)]
fn read_handle<R, T, E>(
    poll: PollEnd<R, T, E>,
    child: Pin<&mut R>,
    record: &mut ChildRecord,
    cx: &mut Context<'_>,
) -> Option<End<Result<T, E>>> {
    match guard(|| poll(child, cx)) {
        Ok(Poll::Pending) => {
            record.poll_grace(cx);
            None
        }
        Ok(Poll::Ready(end)) => Some(end),
        Err(payload) => Some(End::Panicked(payload)),
    }
}
