//! The machine that every group runs on, whatever its children, options and policy.
//!
//! `states.md`, beside this file, is the table of its states and events; the tests are named after its lines.
//!
//! 1. `phase` only moves forward: fresh, running, (draining,) cancelled, stopping, reaping, over.
//! 2. The cause is set before anybody can see the cancellation, once.
//! 3. Every piece of the user's code, destructors included, runs under a guard of its own.
pub(crate) mod core;
pub(crate) mod nodes;
pub(crate) mod outcome;

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use tokio::{
    task::coop,
    time::{Instant, Sleep, sleep_until},
};

use self::{
    core::{Core, Mercy, Phase, Request, nearer},
    outcome::Fatal,
};
use crate::{
    budget::unconstrained,
    context::{self, Frame, SavedContext, orders::Order, orphans, scope::Scope},
    error::Cause,
    machine::nodes::{Op, Pulled, Shape, Steps, Turn},
    name::Name,
    token::WaitCancelled,
    unwind::{Payload, discard, guard},
};

/// A group that is under way: its children, where it stands, and what it knows.
pub(crate) struct Machine<'a, E> {
    pub(crate) children: Pin<&'a mut (dyn Steps<E> + 'a)>,
    pub(crate) shape: Shape,
    pub(crate) place: &'a mut SavedContext,
    pub(crate) core: &'a mut Core<E>,
}

impl<E> Machine<'_, E> {
    /// Goes on until everything is over; then the policy makes of it what it will.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.core.around = context::peek(|scope| scope.is_cancelled()).unwrap_or(false);
        loop {
            match self.core.phase {
                Phase::Fresh => self.begin(cx),
                Phase::Running | Phase::Draining => {
                    self.close_if_cancelled_around(cx);
                    self.pass(cx);
                    if !self.decide(cx) {
                        self.watch_around_while_idle(cx);
                        return self.pending(cx);
                    }
                }
                Phase::Cancelled(mercy) => ready!(self.wait_in_mercy(mercy, cx)),
                Phase::Stopping => {
                    self.pass(cx);
                    if self.is_busy() {
                        return self.pending(cx);
                    }
                    self.reap();
                }
                Phase::Reaping => {
                    if let Some(frame) = &self.place.frame {
                        ready!(frame.scope().poll_all_gone(cx));
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
        let core = &mut *self.core;
        core.room = core.options.limit;
        core.open = self.shape.statics + self.shape.sources;
        core.waiting = self.shape.statics;
        core.daemons = self.shape.daemons;
        core.phase = Phase::Running;
        for read in std::mem::take(&mut core.options.carry) {
            match guard(read) {
                Ok(sources) => core.sources.extend(sources),
                Err(payload) => drop(core.panicked::<()>(Name::literal("carry"), true, payload)),
            }
        }
        let deadline = match (core.options.timeout, core.options.deadline) {
            (None, deadline) => deadline,
            (Some(timeout), deadline) => match Instant::now().checked_add(timeout) {
                Some(at) => nearer(deadline, at),
                None => deadline, // beyond what a clock can say
            },
        };
        if let Some(at) = deadline {
            let around = context::current().map(|frame| frame.scope().clone());
            self.place.frame = Some(Frame::Scope(Scope::group(around, Some(at))));
            core.timer = Some(Box::pin(sleep_until(at)));
            if at <= Instant::now() {
                self.cancel(Cause::TimedOut { group: self.core.name() }, cx);
            }
        }
    }

    /// Takes over a group that ran without a machine so far. `begun` arms have been polled; `at`, if one, has ended so.
    pub(crate) fn take_over(&mut self, begun: usize, at: Option<(usize, Result<E, Payload>)>, cx: &mut Context<'_>) {
        self.core.phase = Phase::Running;
        self.core.resumed = at;
        self.drive(Op::Resume { begun }, cx);
        self.core.force = false;
    }

    /// Like [`poll`](Self::poll), after a pass that was made without a machine.
    pub(crate) fn poll_after_pass(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.core.around = context::peek(|scope| scope.is_cancelled()).unwrap_or(false);
        self.deliver_late(cx);
        if self.decide(cx) { self.poll(cx) } else { self.pending(cx) }
    }

    /// One step of the children, as the code of the group.
    fn drive(&mut self, op: Op, cx: &mut Context<'_>) {
        let (children, core) = (self.children.as_mut(), &mut *self.core);
        context::within(self.place, |child| {
            children.drive(&mut Turn { op, cx, child, arms: 0..usize::MAX }, core);
        });
    }

    /// Polls who may have something to say, begins who may begin.
    fn pass(&mut self, cx: &mut Context<'_>) {
        let (mut children, core, shape) = (self.children.as_mut(), &mut *self.core, self.shape);
        core.again = false;
        context::within(self.place, |child| {
            // The sources have a turn like an arm, after the last.
            let turns = shape.arms + usize::from(shape.sources > 0);
            core.goes_on = core.put_off.take();
            let first = if core.force { core.goes_on.unwrap_or(0) } else { core.first_arm };
            let mut turn = Turn { op: Op::Run, cx, child, arms: first..usize::MAX };
            children.as_mut().drive(&mut turn, core);
            if shape.sources > 0 {
                turn.arms = 0..usize::MAX;
                pull(children.as_mut(), shape.sources, core, &mut turn);
            }
            if core.force {
                return;
            }
            if first > 0 {
                let room = core.room;
                turn.arms = 0..first;
                children.as_mut().drive(&mut turn, core);
                // Whoever waits for the room that these gave back has been passed by.
                core.again |= core.room > room && core.options.limit < usize::MAX;
            }
            if !coop::has_budget_remaining() {
                // Whoever used it up goes last the next time.
                core.first_arm = if turns == 0 { 0 } else { (first + 1) % turns };
            }
        });
        self.deliver_late(cx);
    }

    fn deliver_late(&mut self, cx: &mut Context<'_>) {
        if self.core.late.is_empty() {
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
        let core = &mut *self.core;
        match &core.fatal {
            Some(Fatal::Failed(child, _)) => {
                let cause = Cause::Failed { child: child.clone() };
                self.cancel(cause, cx);
                return true;
            }
            Some(Fatal::Panicked(panicked)) => {
                let cause = Cause::Panicked { child: panicked.child().clone() };
                self.cancel(cause, cx);
                return true;
            }
            None => {}
        }
        if core.winner || (core.open == 0 && core.daemons > 0) {
            self.cancel(Cause::Finished { group: self.core.name() }, cx);
            return true;
        }
        if core.open == 0 {
            self.reap();
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
        if fired(&mut core.timer, cx) || fired(&mut core.drain_timer, cx) {
            self.cancel(Cause::TimedOut { group: self.core.name() }, cx);
            return true;
        }
        false
    }

    fn pending(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.core.again {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    fn is_busy(&self) -> bool {
        self.core.open + self.core.daemons > 0
    }

    /// A group that can return `Cancelled` begins nothing once a group around is cancelled.
    fn close_if_cancelled_around(&mut self, cx: &mut Context<'_>) {
        if self.core.around && self.core.options.says_so && !self.core.closed {
            self.core.closed = true;
            self.drive(Op::Close, cx);
        }
    }

    /// A group that waits for nothing but its source must hear of a cancellation from around by itself.
    fn watch_around_while_idle(&mut self, cx: &mut Context<'_>) {
        let core = &mut *self.core;
        if self.shape.streams == 0 || !core.options.says_so || core.closed {
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
                core.again = true;
            }
        }
    }

    /// The scope of the group, made if need be.
    fn scope(&mut self) -> Arc<Scope> {
        if self.place.frame.is_none() {
            context::within(self.place, |_| drop(context::current()));
        }
        match &self.place.frame {
            Some(frame) => frame.scope().clone(),
            None => Scope::group(None, None), // on a thread that is ending
        }
    }

    /// The cause, then the token; nothing begins any more.
    fn cancel(&mut self, cause: Cause, cx: &mut Context<'_>) {
        let failed = self.core.fatal.is_some();
        let scope = self.scope();
        let finished = matches!(cause, Cause::Finished { .. });
        self.core.watch.cancelled(&cause);
        let first = scope.cancel(cause);
        // To have what it wanted is not what kept a group from having something.
        if finished && first {
            self.core.finished = true;
        } else {
            self.core.cause = scope.cause();
            self.core.failed_by_itself = failed && first;
        }
        scope.orders.raise(Order::Close);
        // Before the children are closed: the body of a function looks at it.
        self.core.phase = Phase::Cancelled(if failed && !first {
            Mercy::Around
        } else if let Some(grace) = self.core.options.grace {
            self.core.grace_timer = Instant::now().checked_add(grace).map(|at| Box::pin(sleep_until(at)));
            Mercy::Grace
        } else {
            Mercy::LastPoll
        });
        self.drive(Op::Close, cx);
        self.core.force = scope.is_listened() || self.place.asked;
    }

    fn drain(&mut self, cx: &mut Context<'_>) {
        self.core.phase = Phase::Draining;
        self.core.watch.draining();
        self.scope().drain();
        let after = self.core.options.drain_timeout.and_then(|after| Instant::now().checked_add(after));
        self.core.drain_timer = after.map(|at| Box::pin(sleep_until(at)));
        self.drive(Op::Drain, cx);
    }

    fn wait_in_mercy(&mut self, mercy: Mercy, cx: &mut Context<'_>) -> Poll<()> {
        let mut passed = false;
        while self.core.force {
            // A poll without budget is none: tokio's resources, `select!` included, would not look at anything.
            if !coop::has_budget_remaining() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.pass(cx);
            self.core.force = self.core.put_off.is_some();
            // If it took several polls, those who were first may have been woken since.
            passed = self.core.goes_on.is_none();
        }
        if mercy != Mercy::LastPoll && !passed {
            self.pass(cx);
        }
        if !self.is_busy() {
            self.reap();
            return Poll::Ready(());
        }
        let core = &mut *self.core;
        match mercy {
            Mercy::LastPoll => self.stop(false, cx),
            Mercy::Grace if fired(&mut core.grace_timer, cx) => self.stop(true, cx),
            // Its own deadline still bounds a group that the ancestor allows more.
            Mercy::Around if fired(&mut core.timer, cx) || fired(&mut core.drain_timer, cx) => self.stop(false, cx),
            Mercy::Grace | Mercy::Around => return self.pending(cx),
        }
        Poll::Ready(())
    }

    fn stop(&mut self, kill: bool, cx: &mut Context<'_>) {
        self.core.watch.stopping(kill, self.core.open + self.core.daemons);
        self.core.phase = Phase::Stopping;
        self.core.kill = kill;
        if let Some(frame) = &self.place.frame {
            frame.scope().orders.raise(if kill { Order::Kill } else { Order::Stop });
        }
        self.drive(Op::Stop, cx);
        self.deliver_late(cx);
    }

    /// Everything of the group's own has ended.
    fn reap(&mut self) {
        self.core.phase = Phase::Reaping;
        self.core.alive = None;
        self.core.idle = None;
        if self.core.cause.is_none() && !self.core.finished {
            self.core.cause = match &self.place.frame {
                Some(frame) => frame.scope().cause(),
                None => context::peek(|scope| scope.cause()).flatten(),
            };
        }
        if let Some(frame) = &self.place.frame {
            // Nothing that escaped waits for ever.
            if !frame.scope().is_cancelled() {
                frame.scope().cancel(Cause::Finished { group: self.core.name() });
            }
        }
    }

    /// Everything is over: what went wrong is taken from where it stands.
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
        self.core.kill = true;
        self.core.phase = Phase::Stopping;
        self.drive(Op::Drop, &mut cx);
        self.deliver_late(&mut cx);
        self.core.alive = None;
        self.core.watch.dropped();
        if scope.is_root() {
            orphans::orphan(scope.downgraded());
        }
    }
}

/// Asks the sources in turn, while there is room, and not for ever.
fn pull<E>(mut children: Pin<&mut dyn Steps<E>>, sources: usize, core: &mut Core<E>, turn: &mut Turn<'_, '_>) {
    /// The most that one poll of a group takes from its sources.
    const PER_POLL: usize = 128;
    let mut budget = PER_POLL;
    // A limit makes places scarce: then each source gets one place in its turn.
    let quantum = if sources > 1 { if core.options.limit == usize::MAX { 32 } else { 1 } } else { PER_POLL };
    let mut without = 0;
    while without < sources
        && budget > 0
        && core.is_running()
        && !core.closed
        && !core.is_decided()
        && core.request.is_none()
        && core.has_room()
    {
        let source = core.first_source % sources;
        let mut pulled = Pulled { source, most: quantum.min(budget), taken: 0 };
        children.as_mut().pull(turn, core, &mut pulled);
        if pulled.taken == 0 {
            without += 1;
        } else {
            without = 0;
            budget -= pulled.taken;
        }
        core.first_source = source + 1;
        if !coop::has_budget_remaining() {
            core.again = true;
            return;
        }
    }
    if budget == 0 {
        core.again = true;
    }
}

fn fired(timer: &mut Option<Pin<Box<Sleep>>>, cx: &mut Context<'_>) -> bool {
    match timer {
        // Children may have used up the budget of this poll; a deadline counts all the same.
        Some(timer) => unconstrained(cx, |cx| timer.as_mut().poll(cx)).is_ready(),
        None => false,
    }
}
