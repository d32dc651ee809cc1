//! The machine that every group runs on, whatever its children, options and policy.
//!
//! `states.md`, beside this file, is the table of its states and events; the tests are named after its lines.
//!
//! 1. `phase` only moves forward: fresh, running, (draining,) cancelled, stopping, reaping, over.
//! 2. The cause is set before anybody can see the cancellation, once.
//! 3. Every piece of the user's code, destructors included, runs under a guard of its own.
pub(crate) mod core;
mod counts;
pub(crate) mod nodes;
pub(crate) mod options;
pub(crate) mod outcome;
mod pass;
mod pull;
pub(crate) mod timers;
mod verdict;

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use tokio::{task::coop, time::Instant};

use self::{
    core::{Cancelling, CoreBox, Phase, Request, Resumed},
    nodes::{Op, Shape, Steps, Turn},
};
use crate::{
    context::{self, Frame, SavedContext, orders::Order, orphans, scope::Scope},
    error::Cause,
    name::Name,
    token::WaitCancelled,
    unwind::{discard, guard},
};

/// A group that is under way: its children, where it stands, and what it knows.
pub(crate) struct Machine<'a, E> {
    pub(crate) children: Pin<&'a mut (dyn Steps<E> + 'a)>,
    pub(crate) shape: Shape,
    pub(crate) saved: &'a mut SavedContext,
    pub(crate) core: &'a mut CoreBox<E>,
}

impl<E> Machine<'_, E> {
    /// Goes on until everything is over; then the policy makes the result.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.core.outer_is_cancelled = context::peek(|scope| scope.is_cancelled()).unwrap_or(false);
        self.core.pass.begin_poll();
        loop {
            match self.core.phase {
                Phase::Fresh => self.begin(cx),
                Phase::Running | Phase::Draining => {
                    self.close_if_cancelled_from_outside(cx);
                    self.pass(cx);
                    if !self.decide(cx) {
                        if self.core.pass.goes_round() {
                            continue;
                        }
                        self.watch_the_outer_token_while_idle(cx);
                        return self.pending(cx);
                    }
                }
                Phase::Cancelled(cancelling) => ready!(self.wait_for_reactions(cancelling, cx)),
                Phase::Stopping => {
                    self.pass(cx);
                    if self.core.counts.left() > 0 {
                        return self.pending(cx);
                    }
                    self.reap();
                }
                Phase::Reaping => {
                    if let Some(frame) = &self.saved.frame {
                        ready!(frame.scope().poll_all_gone(cx));
                    }
                    if self.shape.is_function {
                        self.drive(Op::Finish, cx);
                        self.deliver_late(cx);
                    }
                    self.core.phase = Phase::Over;
                    self.core.watch.end();
                }
                Phase::Over => return Poll::Ready(()),
            }
        }
    }

    fn begin(&mut self, cx: &mut Context<'_>) {
        let mut watch = std::mem::take(&mut self.core.watch);
        watch.begin(|| self.core.name());
        self.core.watch = watch;
        let core = &mut **self.core;
        core.counts.open(self.shape, core.options.limit);
        core.phase = Phase::Running;
        for read in std::mem::take(&mut core.options.carry) {
            match guard(read) {
                Ok(source) => core.locals.extend(source),
                Err(payload) => core.slotless_panic(Name::literal("carry"), payload),
            }
        }
        if let Some(at) = core.options.deadline_from(Instant::now) {
            let outer = context::current().map(|frame| frame.scope().clone());
            self.saved.frame = Some(Frame::Scope(Scope::group(outer, Some(at))));
            core.timers.deadline.set(Some(at));
            // Rule 8: an expired deadline is seen before any child is polled.
            if at <= Instant::now() {
                self.cancel(Cause::TimedOut { group: self.core.name() }, cx);
            }
        }
    }

    /// Takes over a group that ran without a machine so far. `begun` arms have been polled; `at`, if one, has ended so.
    pub(crate) fn take_over(&mut self, begun: usize, at: Option<Resumed<E>>, cx: &mut Context<'_>) {
        self.core.phase = Phase::Running;
        self.core.resumed = at;
        self.drive(Op::Resume { begun }, cx);
        self.core.pass.set_everyone(false);
    }

    /// Like [`poll`](Self::poll), after a pass that was made without a machine.
    pub(crate) fn poll_after_pass(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.core.outer_is_cancelled = context::peek(|scope| scope.is_cancelled()).unwrap_or(false);
        self.deliver_late(cx);
        if self.decide(cx) { self.poll(cx) } else { self.pending(cx) }
    }

    /// One step of the children, as the code of the group.
    fn drive(&mut self, op: Op, cx: &mut Context<'_>) {
        let (children, core) = (self.children.as_mut(), &mut *self.core);
        context::within(self.saved, |child| {
            children.drive(&mut Turn { op, cx, child, arms: 0..usize::MAX }, core);
        });
    }

    /// Polls those that may have something to report, begins those that may begin.
    fn pass(&mut self, cx: &mut Context<'_>) {
        let (mut children, core, shape) = (self.children.as_mut(), &mut *self.core, self.shape);
        context::within(self.saved, |child| {
            let first = core.pass.begin();
            let mut turn = Turn { op: Op::Run, cx, child, arms: first..usize::MAX };
            children.as_mut().drive(&mut turn, core);
            if shape.sources > 0 {
                turn.arms = 0..usize::MAX;
                pull::pull(children.as_mut(), shape.sources, core, &mut turn);
            }
            if core.pass.polls_everyone() {
                return;
            }
            if first > 0 {
                let (room, left) = (core.counts.room(), core.counts.left());
                turn.arms = 0..first;
                children.as_mut().drive(&mut turn, core);
                // Whoever waits for the room that these gave back has been passed by.
                if core.counts.room() > room && core.options.limit < usize::MAX {
                    core.poll_again();
                }
                // So has a child that the body of a function has started just now.
                if core.counts.left() > left {
                    core.request_round();
                }
            }
            core.pass.rotate(first, children.turns(shape));
        });
        self.deliver_late(cx);
    }

    fn deliver_late(&mut self, cx: &mut Context<'_>) {
        if !self.core.verdict.has_late() {
            return;
        }
        if self.shape.hears_late {
            self.drive(Op::Late, cx);
        }
        for (child, error) in self.core.take_late() {
            self.core.watch.late_error(&child);
            discard(error);
        }
    }

    /// After a pass: does anything that was found end this phase?
    fn decide(&mut self, cx: &mut Context<'_>) -> bool {
        let core = &mut **self.core;
        if let Some(cause) = core.verdict.cause_of_decision(|| core.name()) {
            self.cancel(cause, cx);
            return true;
        }
        if !core.counts.has_unfinished() {
            if core.counts.has_daemons() {
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
            Some(Request::Drain) | None => {}
        }
        if core.timers.deadline.fired(cx) || core.timers.drain.fired(cx) {
            self.cancel(Cause::TimedOut { group: self.core.name() }, cx);
            return true;
        }
        false
    }

    fn pending(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.core.pass.is_to_be_repeated() {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    /// Rule 5: a group that can return `Cancelled` begins nothing once an enclosing group is cancelled.
    fn close_if_cancelled_from_outside(&mut self, cx: &mut Context<'_>) {
        if self.core.outer_is_cancelled && self.core.options.can_report_cancelled && !self.core.stops_beginning {
            self.core.stops_beginning = true;
            self.drive(Op::Close, cx);
        }
    }

    /// A group that waits for nothing but its source has no child that a cancellation from outside would wake.
    fn watch_the_outer_token_while_idle(&mut self, cx: &mut Context<'_>) {
        let core = &mut **self.core;
        if self.shape.streams == 0 || !core.options.can_report_cancelled || core.stops_beginning {
            return;
        }
        if core.idle.is_none() {
            core.idle = context::note_and_current().map(|frame| {
                frame.scope().listen();
                WaitCancelled::of(frame.scope().clone())
            });
        }
        if let Some(idle) = &mut core.idle {
            if Pin::new(idle).poll(cx).is_ready() {
                core.idle = None;
                core.poll_again();
            }
        }
    }

    /// The scope of the group, made if need be.
    fn scope(&mut self) -> Arc<Scope> {
        if self.saved.frame.is_none() {
            context::within(self.saved, |_| drop(context::current()));
        }
        match &self.saved.frame {
            Some(frame) => frame.scope().clone(),
            None => Scope::group(None, None), // on a thread that is ending
        }
    }

    /// The cause, then the token; nothing begins any more.
    fn cancel(&mut self, cause: Cause, cx: &mut Context<'_>) {
        let failed = self.core.verdict.has_failed();
        let scope = self.scope();
        let finished = matches!(cause, Cause::Finished { .. });
        self.core.watch.cancelled(&cause);
        let first = scope.cancel(cause);
        self.core.verdict.cancelled(finished, first, scope.cause());
        scope.orders.raise(Order::Close);
        // Before the children are closed: the body of a function reads it.
        self.core.phase = Phase::Cancelled(if failed && !first {
            // Rule 5: the group that was cancelled first says how long.
            Cancelling::Outer
        } else if let Some(grace) = self.core.options.grace {
            self.core.timers.grace.set(Instant::now().checked_add(grace));
            Cancelling::Grace
        } else {
            Cancelling::LastPoll
        });
        self.drive(Op::Close, cx);
        let listened = scope.is_listened() || self.saved.asked;
        self.core.pass.set_everyone(listened);
    }

    fn drain(&mut self, cx: &mut Context<'_>) {
        self.core.phase = Phase::Draining;
        self.core.watch.draining();
        self.scope().drain();
        let after = self.core.options.drain_timeout.and_then(|after| Instant::now().checked_add(after));
        self.core.timers.drain.set(after);
        self.drive(Op::Drain, cx);
    }

    fn wait_for_reactions(&mut self, cancelling: Cancelling, cx: &mut Context<'_>) -> Poll<()> {
        let mut passed = false;
        while self.core.pass.polls_everyone() {
            // A poll without budget is none: tokio's resources, `select!` included, would not look at anything.
            if !coop::has_budget_remaining() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.pass(cx);
            self.core.pass.end_of_everyone();
            // If it took several polls, those who were first may have been woken since.
            passed = !self.core.pass.is_resumed();
        }
        if cancelling != Cancelling::LastPoll && !passed {
            self.pass(cx);
        }
        if self.core.counts.left() == 0 {
            self.reap();
            return Poll::Ready(());
        }
        let timers = &mut self.core.timers;
        match cancelling {
            Cancelling::LastPoll => self.stop(false, cx),
            Cancelling::Grace if timers.grace.fired(cx) => self.stop(true, cx),
            // Its own deadline still bounds a group that the enclosing one allows more.
            Cancelling::Outer if timers.deadline.fired(cx) || timers.drain.fired(cx) => self.stop(false, cx),
            Cancelling::Grace | Cancelling::Outer => return self.pending(cx),
        }
        Poll::Ready(())
    }

    fn stop(&mut self, kill: bool, cx: &mut Context<'_>) {
        self.core.watch.stopping(kill, self.core.counts.left());
        self.core.phase = Phase::Stopping;
        self.core.ends_critical_sections = kill;
        if let Some(frame) = &self.saved.frame {
            frame.scope().orders.raise(if kill { Order::Kill } else { Order::Stop });
        }
        self.drive(Op::Stop, cx);
        self.deliver_late(cx);
    }

    /// Everything of the group's own has ended.
    fn reap(&mut self) {
        self.core.phase = Phase::Reaping;
        self.core.live = None;
        self.core.idle = None;
        let frame = &self.saved.frame;
        self.core.note_outer_cause(|| match frame {
            Some(frame) => frame.scope().cause(),
            None => context::peek(|scope| scope.cause()).flatten(),
        });
        if let Some(frame) = frame {
            // Rule 1: nothing that escaped waits for ever.
            if !frame.scope().is_cancelled() {
                frame.scope().cancel(Cause::Finished { group: self.core.name() });
            }
        }
    }

    /// Everything is over: failures are taken from where they stand.
    pub(crate) fn gather(&mut self, cx: &mut Context<'_>) {
        self.drive(Op::Gather, cx);
        self.deliver_late(cx);
    }

    /// The owner drops the group, at whatever point it is.
    pub(crate) fn abandon(&mut self) {
        if matches!(self.core.phase, Phase::Fresh | Phase::Over) {
            return;
        }
        let scope = self.scope();
        scope.cancel(Cause::Dropped { group: self.core.name() });
        scope.orders.raise(Order::Stop);
        let mut cx = Context::from_waker(Waker::noop());
        self.core.ends_critical_sections = true;
        self.core.phase = Phase::Stopping;
        self.drive(Op::Drop, &mut cx);
        self.deliver_late(&mut cx);
        self.core.live = None;
        self.core.watch.dropped();
        if scope.is_root() {
            orphans::orphan(scope.downgraded());
        }
    }
}
