//! The machine's side of one child statement: its children are driven as the arms of a group are.
//!
//! Nothing here knows the types of the children, so it is compiled once for each error type.
//!
//! 1. All code of a child, destructors and its discarded value included, runs in the child's own saved context. Otherwise
//!    it would see the token of the function, or of no group at all.
//! 2. A child leaves the store before its end is reported. So no step of the machine can meet it twice.

use std::task::Context;

use tokio::time::Instant;

use crate::{
    context::{self, Frame, SavedContext, key::Key, orders::Order},
    error::{Cause, Unfinished},
    machine::{
        core::Core,
        nodes::{Step, StepCx},
        outcome::{End, Outcome, replaced_by_panic},
        timers::Timer,
    },
    task_fn::{
        handle::Waiter,
        hub::Wanted,
        record::{CHILD, ChildCancel},
        statement::Statement,
        store::{Places, Removed},
    },
    unwind::{Payload, discard},
};

/// The children of one statement, without their types. A value of one of them stays here, from the poll that returned it until it
/// is handed over or dropped.
pub(super) trait AnyChildren<E> {
    fn poll(&mut self, place: usize, tracked: bool, order: Order, cx: &mut Context<'_>) -> Option<End<Result<(), E>>>;
    /// Returns where they are.
    fn store(&mut self) -> &mut dyn Places;
    /// Returns `true` if they run on tasks or threads of their own.
    fn elsewhere(&self) -> bool;

    /// Closes the cell of a child that has ended, with its value. Returns what waits for it; if the handle was dropped, the value
    /// is still here.
    fn close(&mut self, cell: usize) -> Waiter;
    /// Gives up the cell of a handle that was dropped. A value that was in it is here then.
    fn abandon(&mut self, cell: usize);
    fn has_value(&self) -> bool;
    fn drop_value(&mut self) -> Result<(), Payload>;
}

/// One step of the children of one statement.
pub(super) struct Driver<'a, 'h, E> {
    pub(super) children: &'a mut (dyn AnyChildren<E> + 'a),
    pub(super) statement: &'a Statement<'h>,
}

impl<E> Driver<'_, '_, E> {
    pub(super) fn drive(&mut self, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        match scx.step {
            Step::Run => self.run(scx, core),
            Step::Collect => self.collect(scx, core),
            Step::Close | Step::Leave | Step::Stop | Step::Drop => self.end_some(scx, core),
            Step::ListUnfinished if !self.statement.daemon => {
                let mut items = Vec::new();
                self.children.store().records(&mut |record| {
                    items.push(self.statement.who(record.item));
                    items.len() < Unfinished::MOST
                });
                core.lists_many(self.children.store().len(), items.into_iter());
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
    fn run(&mut self, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        if self.statement.signals.any() {
            self.answer_handles(scx, core);
        }
        if self.children.store().is_empty() {
            return;
        }
        if self.statement.repeats {
            self.run_round(scx, core);
        } else if !self.puts_turn_off(0, core) {
            // No round: if this poll uses up the budget, the child has had its turn, and a pass over everyone goes on after it.
            self.poll(0, false, scx, core);
        }
    }

    /// Takes the ends of children that run elsewhere.
    fn collect(&mut self, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        if self.children.store().is_empty() || !self.children.elsewhere() {
            return;
        }
        self.children.store().start_round(scx.cx.waker(), false);
        let crowded = self.children.store().is_crowded();
        while let Some(place) = self.children.store().next_due() {
            self.poll(place, crowded, scx, core);
        }
    }

    /// Polls the child in `place`, and ends it if it is done or must end.
    pub(super) fn poll(&mut self, place: usize, tracked: bool, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        // For groups further out, and for sections: this is the child of the function that runs.
        context::set_child(Key::place(self.statement.arm, place));
        let end = self.children.poll(place, tracked, core.order(), scx.cx);
        let is_put_off = end.is_none() && core.puts_off(self.statement.arm, true);
        if end.is_none() && !is_put_off && !context::ends::has_dropped_end() {
            return;
        }
        self.polled(place, (end, is_put_off), scx, core);
    }

    /// Sees to a child after a poll: to its end, if it has come, or that it is polled again.
    #[inline(never)]
    pub(super) fn polled(
        &mut self,
        place: usize,
        (end, is_put_off): (Option<End<Result<(), E>>>, bool),
        scx: &mut StepCx<'_, '_>,
        core: &mut Core<E>,
    ) {
        // What was dropped in that poll was dropped by this child.
        if context::ends::has_dropped_end() {
            if let Some(record) = self.children.store().record(place) {
                core.name_ends(self.statement.who(record.item));
            }
        }
        match end {
            Some(end) => self.end(place, end, scx, core),
            None if is_put_off => self.children.store().make_due(place),
            None => {}
        }
    }

    /// Takes out the child in `place`, which has ended or must end, and reports its end.
    fn end(&mut self, place: usize, end: End<Result<(), E>>, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        let Some(record) = self.children.store().record(place) else { return };
        record.watch.ends(end.failed());
        let item = record.item;
        let mut saved = std::mem::take(&mut record.saved);
        let elsewhere = record.elsewhere.as_ref().and_then(|elsewhere| elsewhere.scope.clone());
        // The destructor of an inline child is the code of the child.
        let entered = context::enter(&mut saved);
        context::set_child(CHILD);
        let removed = self.children.store().remove(place);
        core.name_ends(self.statement.who(item));
        drop(entered);
        // A value is destroyed here also if its child ran on a task or thread of its own, and then as code of that child, too.
        if let Some(own) = elsewhere {
            saved.frame = Some(Frame::Scope(own));
        }
        self.report(place, (end, removed), &mut saved, scx, core);
        // Rule 1 for the token of one child: what escaped with it is not waited on forever. After its value, if no handle
        // waits for that, has been destroyed as the code of the child.
        let own = saved.frame.as_ref().map(Frame::scope);
        if let Some(own) = own.filter(|own| !own.is_cancelled()) {
            own.cancel(Cause::Finished { group: self.statement.child_name(item) });
        }
    }

    /// Reports the end of a child that has been dropped. Apart from [`end`](Self::end), in whose frame functions inside the
    /// child are dropped.
    #[inline(never)]
    fn report(
        &mut self,
        place: usize,
        (end, (record, dropped)): (End<Result<(), E>>, Removed),
        saved: &mut SavedContext,
        scx: &mut StepCx<'_, '_>,
        core: &mut Core<E>,
    ) {
        let Some(record) = record else { return };
        let end = match dropped {
            Ok(()) => end,
            Err(payload) => replaced_by_panic(end, payload),
        };
        let who = self.statement.who(record.item);
        if record.elsewhere.is_some() {
            core.takes(Key::place(self.statement.arm, place));
        }
        let by_owner = record.cancel.is_requested();
        let has_value = if self.statement.daemon {
            core.daemon_ended(who, end);
            false
        } else {
            let supervised = !self.statement.has_handles && core.supervises();
            // The destructor of a value that is not wanted is the last code of its child.
            let dropped = if supervised { self.drop_value(saved) } else { Ok(()) };
            let end = match dropped {
                Ok(()) => end,
                Err(payload) => replaced_by_panic(end, payload),
            };
            matches!(core.statement_ended(who, end, by_owner, supervised), Outcome::Done(()))
        };
        if !has_value {
            // It came too late, or its child panicked when it was dropped: it is lost with that.
            if let Err(payload) = self.drop_value(saved) {
                discard(payload);
            }
        }
        if let (Some(cell), true) = (record.cell, self.statement.has_handles) {
            let waiter = self.children.close(cell);
            if !matches!(waiter, Waiter::Nothing) {
                // What awaits the handle may be a child of another statement that has been polled in this pass already, with
                // the owner's own waker: another round polls it, and waking the owner as well would only cost a poll.
                core.request_round();
            }
            if let Waiter::Another(waker) = waiter {
                if !waker.will_wake(scx.cx.waker()) {
                    waker.wake();
                }
            }
        }
        // A value that no handle waits for is destroyed here.
        self.discard(record.item, saved, core);
    }

    /// Destroys the value of a child, if there is one, in the context of the child.
    fn drop_value(&mut self, saved: &mut SavedContext) -> Result<(), Payload> {
        if !self.children.has_value() {
            return Ok(());
        }
        context::within(saved, |key| {
            key.set(CHILD);
            self.children.drop_value()
        })
    }

    /// Destroys an unwanted value of a child.
    fn discard(&mut self, item: usize, saved: &mut SavedContext, core: &mut Core<E>) {
        if let Err(payload) = self.drop_value(saved) {
            if !self.statement.has_handles && core.supervises() {
                core.supervised::<()>(self.statement.who(item), self.statement.daemon, End::Panicked(payload));
            } else {
                core.slotless_panic(self.statement.child_name(item), payload);
            }
        }
    }

    /// Carries out the requests of handles that were dropped, or that cancel their child.
    fn answer_handles(&mut self, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        if !self.statement.has_handles {
            return;
        }
        for (cell, wanted) in self.statement.signals.take(self.statement.arm) {
            match wanted {
                Wanted::NoValue => {
                    // If the child has ended, its context is gone with its record.
                    self.children.abandon(cell);
                    self.discard(cell, &mut SavedContext::default(), core);
                }
                Wanted::End => {
                    let store = self.children.store();
                    let mut places = store.places().into_iter();
                    let place =
                        places.find(|place| store.record(*place).is_some_and(|record| record.cell == Some(cell)));
                    if let Some(place) = place {
                        self.cancel(place, scx, core);
                    }
                }
            }
        }
    }

    /// Cancels one child, at the request of its handle's owner.
    fn cancel(&mut self, place: usize, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        // A child elsewhere may have ended by itself: its end counts, an error too, or it would be lost.
        if self.children.store().record(place).is_some_and(|record| record.elsewhere.is_some()) {
            self.poll(place, false, scx, core);
        }
        let Some(record) = self.children.store().record(place) else { return };
        if record.cancel.is_requested() {
            return;
        }
        let cause = Cause::Requested { group: self.statement.child_name(record.item) };
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
            Some(end) => self.end(place, end, scx, core),
            // A child that waits for something else is polled now, so that it sees its cancellation.
            None => self.children.store().make_due(place),
        }
    }

    /// Ends the children that a step of the machine ends without a poll, in the order in which they began.
    fn end_some(&mut self, scx: &mut StepCx<'_, '_>, core: &mut Core<E>) {
        self.children.store().before_many_are_removed();
        let order = core.order();
        for place in self.children.store().places() {
            if let Some(end) = self.ends_without_a_poll(place, scx.step, order) {
                self.end(place, end, scx, core);
            }
        }
    }

    /// Gives the child in `place` its order. Returns how it ends, if it ends at once.
    fn ends_without_a_poll(&mut self, place: usize, step: Step, order: Order) -> Option<End<Result<(), E>>> {
        let record = self.children.store().record(place)?;
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
