//! The machine that every group runs on, whatever its children, options and policy.
//!
//! `machine/states.md` is the table of its states and events, and lists the rules that comments refer to by number; the
//! tests are named after its lines. "A walk through the house" in `DEVELOPMENT.md` follows one poll through it.
//!
//! 1. `phase` only moves forward: fresh, running, (draining,) cancelled, stopping, reaping, over. So a state is left at most
//!    once, and what happens on the way out (a token cancelled, a source closed) cannot happen twice.
//! 2. The cause is set once, before the cancellation can be seen. A child that sees the flag can always read why.
//! 3. Every piece of user code, destructors included, runs under a guard of its own. One panic then ends one child, and the
//!    others are still stopped and waited for before it is resumed.
mod arm_notes;
mod arrivals;
mod cancelling;
pub(crate) mod core;
pub(crate) mod core_box;
mod counts;
mod deliver;
mod drive;
mod given_names;
mod held;
mod late;
mod lean;
mod members;
pub(crate) mod nodes;
pub(crate) mod options;
pub(crate) mod outcome;
mod outside;
mod pass;
mod pull;
pub(crate) mod rows;
mod shape;
pub(crate) mod timers;
mod unfinished;
mod verdict;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use tokio::{task::coop, time::Instant};

use self::{
    cancelling::{Cancelling, Leaving},
    core::{Phase, Request, Resumed},
    core_box::CoreBox,
    members::waits_for_members,
    nodes::{Shape, Step, Steps},
    timers::DEADLINE,
};
use crate::{
    context::{self, Frame, SavedContext, orders::Order, orphans, scope::Scope},
    error::Cause,
    name::Name,
    observe::Begun,
    unwind::guard,
};

/// A group that is under way: its children, where it stands, and what it knows.
pub(crate) struct Machine<'a, E> {
    pub(crate) children: Pin<&'a mut (dyn Steps<E> + 'a)>,
    pub(crate) shape: &'static Shape,
    pub(crate) saved: &'a mut SavedContext,
    pub(crate) core: &'a mut CoreBox<E>,
}

impl<E> Machine<'_, E> {
    /// Polls until everything is over; then the policy makes the result.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let begun = self.core.watch.poll_begins();
        let polled = self.advance(cx);
        self.note_poll(begun);
        polled
    }

    /// Notes the end of a poll that has `begun`, and what the code that runs the group has to know.
    fn note_poll(&self, begun: Begun) {
        let core = &**self.core;
        // The body of a function waits for room by itself.
        core.watch.poll_ends(begun, || (!self.shape.is_function).then(|| core.counts.waits_for_room()));
        self.hand_on();
    }

    fn advance(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // Read once, so that all arms of one pass are treated alike.
        self.core.outer_is_cancelled = context::peek(|scope| scope.is_cancelled()).unwrap_or(false);
        self.core.pass.begin_poll();
        loop {
            match self.core.phase {
                Phase::Running | Phase::Draining => {
                    if self.core.verdict.held_since().is_none() {
                        self.poll_everyone_if_cancelled_from_outside();
                        self.close_if_cancelled_from_outside(cx);
                        if self.core.pass.polls_everyone() {
                            ready!(self.poll_everyone(cx));
                        } else {
                            self.pass_of_running(cx);
                        }
                    }
                    // Nearly every poll ends here.
                    if self.core.only_waits() {
                        return Poll::Pending;
                    }
                    if self.waits_for_the_first_failure(cx) {
                        return Poll::Pending;
                    }
                    if !self.decide(cx) {
                        if self.leave(cx) {
                            continue;
                        }
                        // A child that ended may be what the body, or another child of a function, waits for: it has been
                        // polled in this pass already, and no waker would be called for it.
                        if self.core.pass.goes_round() {
                            continue;
                        }
                        self.core.watch_the_outer_token(cx);
                        return self.pending(cx);
                    }
                }
                Phase::Over => return Poll::Ready(()),
                phase => ready!(self.begin_or_end(phase, cx)),
            }
        }
    }

    /// Goes on with a phase in which no child is awaited for its value. Apart from [`advance`](Self::advance), whose frame
    /// every nested group leaves on the stack.
    #[inline(never)]
    fn begin_or_end(&mut self, phase: Phase, cx: &mut Context<'_>) -> Poll<()> {
        match phase {
            Phase::Fresh => {
                // Rule 9: it has its result at once, so a loop that awaits it counts as one that awaits `cancelled()`.
                if self.core.outer_is_cancelled && self.core.options.can_report_cancelled {
                    ready!(context::turn::poll_answer(cx));
                }
                self.begin(cx);
            }
            Phase::Cancelled(cancelling) => ready!(self.wait_for_reactions(cancelling, cx)),
            Phase::Stopping => {
                // Not `decide`: the outcome can still change (states 49 and 52), but nothing is left to be cancelled.
                self.pass(cx);
                if self.core.counts.left() > 0 {
                    return self.pending(cx);
                }
                self.reap();
            }
            Phase::Reaping => {
                if let Some(frame) = &self.saved.frame {
                    // What a group inside a child left behind when it was dropped still runs (rule 7).
                    ready!(frame.scope().living.poll_gone(cx));
                }
                // Only now: the bodies hold what children of any stage may have borrowed.
                if self.shape.is_function {
                    self.drive(Step::Finish, cx);
                }
                // The last ends may have come in a step after the last pass.
                self.deliver_late(cx);
                self.end();
            }
            // The first becomes another phase before the machine is polled, and the others are not left here.
            Phase::Lean | Phase::Running | Phase::Draining | Phase::Over => {}
        }
        Poll::Ready(())
    }

    fn begin(&mut self, cx: &mut Context<'_>) {
        let mut watch = std::mem::take(&mut self.core.watch);
        watch.begin(|| self.core.options.name.clone(), self.core.here);
        self.core.watch = watch;
        let core = &mut **self.core;
        core.counts.open(*self.shape, core.options.limit);
        core.phase = Phase::Running;
        core.expect_values(None);
        // Read at the first poll, not at the call: the value is that of the task on which the group runs.
        for read in std::mem::take(&mut core.options.carry) {
            match guard(read) {
                Ok(source) => core.locals.extend(source),
                Err(payload) => core.slotless_panic(Name::literal("carry"), payload),
            }
        }
        core.timers.ends_at = core.options.deadline_from(Instant::now);
        let deadline = core.timers.ends_at;
        self.set_deadline();
        // Before the first child: a server that is polled before the jobs of its spawner may have accepted a request already.
        if self.shape.sources > 0 {
            self.drive(Step::Begin, cx);
        }
        // Rule 8: an expired deadline is seen before any child is polled.
        if deadline.is_some_and(|at| at <= Instant::now()) {
            self.cancel(Cause::TimedOut { group: self.core.name() }, cx);
        }
    }

    /// Sets the timer of the group's deadline, if it has one, and makes its scope.
    fn set_deadline(&mut self) {
        let core = &mut **self.core;
        let Some(at) = core.timers.ends_at else { return };
        // `deadline()` in a child reads it there.
        if self.saved.frame.is_none() {
            self.saved.frame = Some(Frame::Scope(context::scope_with_deadline(at)));
        }
        if !core.timers.deadline.is_set() {
            core.timers.deadline.set(Some(at), DEADLINE, core.here);
        }
    }

    /// Takes over a group that ran without a machine so far. `begun` arms have been polled; `at` says how the last one
    /// ended, if it did.
    pub(crate) fn take_over(&mut self, begun: usize, at: Option<Resumed<E>>, cx: &mut Context<'_>) {
        self.core.phase = Phase::Running;
        self.core.resumed = at;
        self.set_deadline();
        self.drive(Step::Resume { begun, listeners: self.saved.listeners }, cx);
        self.core.pass.set_everyone(false);
    }

    /// Polls every child, woken or not, which may take several polls of the task.
    fn poll_everyone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // A poll without budget does not count as the last one: every tokio resource, `select!` included, would return
        // `Pending` without looking, and the child would be dropped before it could react.
        if !coop::has_budget_remaining() {
            cx.waker().wake_by_ref();
            return self.pending(cx);
        }
        self.pass(cx);
        self.core.pass.end_of_everyone();
        Poll::Ready(())
    }

    /// Does what [`poll`](Self::poll) does, in a poll that has `begun` with a pass without a machine.
    pub(crate) fn poll_after_pass(&mut self, begun: Begun, cx: &mut Context<'_>) -> Poll<()> {
        self.core.outer_is_cancelled = context::peek(|scope| scope.is_cancelled()).unwrap_or(false);
        self.deliver_late(cx);
        let polled = if self.decide(cx) {
            self.advance(cx)
        } else {
            self.poll_everyone_if_cancelled_from_outside();
            self.core.watch_the_outer_token(cx);
            self.pending(cx)
        };
        self.note_poll(begun);
        polled
    }

    /// Ends this phase if something that the last pass found does; returns whether it did.
    ///
    /// Children come first, then requests, then timers (rule 8): a value that is there when the deadline passes counts.
    fn decide(&mut self, cx: &mut Context<'_>) -> bool {
        let core = &mut **self.core;
        // Before the counts: the child that failed may also have been the last one.
        if let Some(cause) = core.verdict.cause_of_decision(|| core.name()) {
            self.cancel(cause, cx);
            return true;
        }
        if !core.counts.has_unfinished() && !waits_for_members(self.saved, cx) {
            if core.counts.has_daemons() {
                // Daemons have no slot, so the group does not wait for them to finish, only to stop (rule 1).
                self.cancel(Cause::Finished { group: self.core.name() }, cx);
            } else {
                self.reap();
            }
            return true;
        }
        match core.request.take() {
            Some(Request::Cancel) => {
                self.cancel(Cause::Requested { group: self.core.name() }, cx);
                return true;
            }
            Some(Request::Drain) if core.phase == Phase::Running => {
                self.drain(cx);
                return true;
            }
            // Already draining: a second request changes nothing (state 32).
            Some(Request::Drain) | None => {}
        }
        // Both are polled in each pass, so that the task is woken when the first of them fires.
        if core.timers.deadline.fired(cx) || core.timers.drain.fired(cx) {
            self.cancel(Cause::TimedOut { group: self.core.name() }, cx);
            return true;
        }
        // Its own grace period, since it was cancelled from outside (rule 5).
        if core.stops_beginning && core.timers.grace.fired(cx) {
            self.stop(true, cx);
            return true;
        }
        false
    }

    /// Returns `Pending`, with a wake-up if the pass was cut short: what it did not reach has no waker registered.
    fn pending(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.core.pass.is_to_be_repeated() {
            cx.waker().wake_by_ref();
        }
        if self.core.pass.polls_everyone() {
            context::turn::put_off();
        }
        Poll::Pending
    }

    /// Returns the scope of the group; makes it first if there is none.
    fn scope(&mut self) -> Arc<Scope> {
        if self.saved.frame.is_none() {
            context::within(self.saved, |_| drop(context::current()));
        }
        match &self.saved.frame {
            Some(frame) => frame.scope().clone(),
            None => Scope::group(None, None), // the thread is ending, and its thread-locals are gone
        }
    }

    /// Cancels the group: sets the cause, then the token; from then on nothing begins.
    fn cancel(&mut self, cause: Cause, cx: &mut Context<'_>) {
        let failed = self.core.verdict.has_failed();
        let scope = self.scope();
        let finished = matches!(cause, Cause::Finished { .. });
        // A group that has failed, or has finished, does not return `Cancelled`.
        if !failed && !finished {
            self.list_unfinished(cx);
        }
        self.core.watch.cancelled(&cause);
        let first = scope.cancel(cause);
        self.core.verdict.cancelled(finished, first, scope.cause());
        // A task that was spawned, but has not been polled yet, never starts its child (rule 2).
        scope.orders.raise(Order::Close);
        // Before the children are closed: the body of a function reads it.
        self.core.phase = Phase::Cancelled(self.how_long(first, failed, finished));
        self.drive(Step::Close, cx);
        // Rule 2: a poll of children none of which looked at the token could tell them nothing. Those that may have to leave
        // are judged after a poll, in which they may ask for the first time.
        let listened = scope.is_listened() || self.saved.asked || self.core.leaving == Leaving::AfterLastPoll;
        self.core.pass.set_everyone(listened);
    }

    /// Closes the sources; everything that has begun or is written out goes on.
    fn drain(&mut self, cx: &mut Context<'_>) {
        self.core.phase = Phase::Draining;
        self.core.watch.draining();
        // The scope is made if there is none: a child may ask later, and the flag is handed down to groups inside.
        self.scope().drain();
        let after = self.core.options.drain_timeout.and_then(|after| Instant::now().checked_add(after));
        let core = &mut **self.core;
        core.timers.drain.set(after, "the end of the drain", core.here);
        self.drive(Step::Drain, cx);
    }

    /// Lets the children of a cancelled group react, for as long as `cancelling` says.
    fn wait_for_reactions(&mut self, cancelling: Cancelling, cx: &mut Context<'_>) -> Poll<()> {
        let mut passed = false;
        while self.core.pass.polls_everyone() {
            ready!(self.poll_everyone(cx));
            // If it took several polls of the task, the first children may have been woken since.
            passed = !self.core.pass.is_resumed();
        }
        // During a grace period, a child that was woken is polled as usual. A last poll has just been all of it.
        if self.leave(cx) {
            return Poll::Ready(());
        }
        if cancelling != Cancelling::LastPoll && !passed {
            self.pass(cx);
        }
        if self.core.counts.left() == 0 && !waits_for_members(self.saved, cx) {
            self.reap();
            return Poll::Ready(());
        }
        let timers = &mut self.core.timers;
        match cancelling {
            // Without a grace period, nothing bounds a critical section (state 50); with one, its end does (state 44).
            Cancelling::LastPoll => self.stop(false, cx),
            Cancelling::Grace | Cancelling::Outer if timers.grace.fired(cx) => self.stop(true, cx),
            // Its own deadline still bounds a group that the enclosing one allows more.
            Cancelling::Outer if timers.deadline.fired(cx) || timers.drain.fired(cx) => self.stop(false, cx),
            Cancelling::Grace | Cancelling::Outer => return self.pending(cx),
        }
        Poll::Ready(())
    }

    /// Drops the children that can be dropped, and orders the others to stop. `kill`: critical sections end too.
    fn stop(&mut self, kill: bool, cx: &mut Context<'_>) {
        self.core.watch.stopping(kill, self.core.counts.left());
        self.core.phase = Phase::Stopping;
        self.core.ends_critical_sections = kill;
        // Before the step, so that no child that is still queued elsewhere begins between the two.
        if let Some(frame) = &self.saved.frame {
            frame.scope().orders.raise(if kill { Order::Kill } else { Order::Stop });
        }
        self.drive(Step::Stop, cx);
        self.deliver_late(cx);
    }

    /// Begins to wait for what is left below, once all children of the group itself have ended.
    fn reap(&mut self) {
        self.core.phase = Phase::Reaping;
        // All ends have come, and none that was noted before.
        self.core.confirm();
        // The group's own guard would keep it waiting.
        self.core.live = None;
        self.core.idle = None;
        let frame = &self.saved.frame;
        self.core.note_outer_cause(|| {
            let own = frame.as_ref().and_then(|frame| frame.scope().cause());
            // A cancellation reaches one scope after the other, and this may run on another thread before it has come here.
            own.or_else(|| context::peek(|scope| scope.cause()).flatten())
        });
        let runs_code = self.shape.is_function || self.core.has_late() || self.core.has_reports();
        if let Some(frame) = &mut self.saved.frame {
            // Rule 1: a token that escaped from the group is cancelled too, so nothing waits on it forever. If none did, and no code
            // of the group runs any more, there is nothing that could see it.
            if !frame.scope().is_cancelled() && (runs_code || !frame.is_unseen()) {
                frame.scope().cancel(Cause::Finished { group: self.core.name() });
            }
        }
    }

    /// Collects the failures from their slots, once everything is over.
    pub(crate) fn gather(&mut self, cx: &mut Context<'_>) {
        self.drive(Step::Gather, cx);
        self.deliver_late(cx);
    }

    /// Stops everything without waiting, because the owner drops the group (rule 7).
    pub(crate) fn abandon(&mut self) {
        // Before the first poll nothing has started (state 5), and after the end nothing is left.
        if matches!(self.core.phase, Phase::Fresh | Phase::Over) {
            return;
        }
        let scope = self.scope();
        scope.drop_group(self.core.name());
        // A drop has no task to be woken, and cannot wait for a critical section of an inline child.
        let mut cx = Context::from_waker(Waker::noop());
        self.core.ends_critical_sections = true;
        self.core.phase = Phase::Stopping;
        self.drive(Step::Drop, &mut cx);
        self.deliver_late(&mut cx);
        self.core.live = None;
        self.core.watch.dropped();
        // An enclosing group waits through the chain of guards; outside any group, the registry of orphans does.
        if scope.is_root() {
            orphans::orphan(scope);
        }
    }
}
