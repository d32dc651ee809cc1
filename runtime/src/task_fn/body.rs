//! A function's body as the one arm of its group.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use pin_project_lite::pin_project;

use crate::{
    context::key::Key,
    error::Cause,
    machine::{
        core::Core,
        nodes::{Node, Op, Shape, Turn},
        outcome::{Outcome, Policy},
    },
    name::Name,
    task_fn::{
        hub::{Hub, Report, Step, Stopping},
        stage::{drop_body, poll_body},
    },
    unwind::guard,
};

pin_project! {
    /// The body of a function, and all its stages.
    pub struct Body<'h, B, T, E> {
        hub: &'h Hub<E>,
        #[pin]
        body: Option<B>,
        value: Option<T>,
        has_begun: bool,
        reports: Vec<Report<E>>,
    }
}

impl<'h, B: Future<Output = Result<T, E>>, T, E> Body<'h, B, T, E> {
    pub(crate) fn new(hub: &'h Hub<E>, body: B) -> Self {
        Self { hub, body: Some(body), value: None, has_begun: false, reports: Vec::new() }
    }

    /// Polls the outermost body so that every stage does its part of `step`.
    fn relay(self: Pin<&mut Self>, step: Step, cx: &mut Context<'_>) {
        let mut this = self.project();
        this.hub.set_step(step);
        if this.hub.depth() > 0 {
            if let Some(body) = this.body.as_mut().as_pin_mut() {
                if let Err(payload) = guard(|| body.poll(cx)) {
                    this.hub.report(Report::Extra { child: this.hub.name.into(), payload });
                }
            }
        } else if step == Step::DropBody {
            drop_body(this.hub, this.body);
        }
    }

    fn run(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let this = self.project();
        // Below a stage, this reaches the stages; without one, it is the user's code.
        if this.value.is_none() {
            poll_body(this.hub, this.body, this.value, cx);
        }
    }

    /// Tells the machine what the stages found out.
    fn account(self: Pin<&mut Self>, core: &mut Core<E>) {
        let this = self.project();
        this.hub.take_reports(this.reports);
        let body = || Name::literal(this.hub.name);
        for report in this.reports.drain(..) {
            let ended = |core: &mut Core<E>, daemon: bool| {
                if daemon {
                    core.daemons -= 1;
                } else {
                    core.open -= 1;
                }
            };
            match report {
                Report::Began { daemon: true } => core.daemons += 1,
                Report::Began { daemon: false } => core.open += 1,
                Report::Done { daemon } => ended(core, daemon),
                Report::Cancelled { daemon, late } => {
                    ended(core, daemon);
                    if let Some((child, error)) = late {
                        core.late(child, error);
                    }
                }
                Report::Stopped { daemon } => {
                    ended(core, daemon);
                    if !daemon {
                        core.lost();
                    }
                }
                Report::Failed { child, daemon, error } => {
                    ended(core, daemon);
                    drop(core.failed::<()>(child, daemon, error));
                }
                Report::Panicked { child, daemon, payload } => {
                    ended(core, daemon);
                    drop(core.panicked::<()>(child, true, payload));
                }
                Report::Extra { child, payload } => drop(core.panicked::<()>(child, true, payload)),
                Report::Lost { child, daemon } => {
                    ended(core, daemon);
                    drop(core.lost_with_runtime::<()>(child));
                }
                Report::BodyDone => core.open -= 1,
                Report::BodyDropped => {
                    core.open -= 1;
                    core.lost();
                }
                Report::BodyFailed(error) => {
                    core.open -= 1;
                    core.lost();
                    drop(core.failed::<()>(body(), false, error));
                }
                Report::BodyPanicked(payload) => {
                    core.open -= 1;
                    core.lost();
                    drop(core.panicked::<()>(body(), true, payload));
                }
            }
        }
        if this.hub.is_decided() && !core.is_decided() {
            // What ended the round early was late: those who were not reached are due at once.
            core.come_back();
        }
    }
}

impl<B: Future<Output = Result<T, E>>, T, E> Node<E> for Body<'_, B, T, E> {
    const SHAPE: Shape = Shape::CHILD;

    type Row<P: Policy, L> = (L, P::Map<T, E>);

    fn drive(mut self: Pin<&mut Self>, arm: usize, turn: &mut Turn<'_, '_>, core: &mut Core<E>) {
        let key = Key::arm(arm);
        turn.child.set(key);
        let has_begun = self.has_begun;
        match turn.op {
            Op::Run => {
                if !has_begun {
                    *self.as_mut().project().has_begun = true;
                    core.waiting -= 1;
                    self.hub.set_up(core.limit(), core.grace(), core.take_sources(), core.watch.clone());
                }
                let stopping = match (core.is_stopping(), core.is_killing()) {
                    (false, _) => Stopping::No,
                    (true, false) => Stopping::Stop,
                    (true, true) => Stopping::Kill,
                };
                self.hub.next_round(core.is_forced(), stopping);
                core.watch.run(|| self.as_mut().run(turn.cx));
                if self.hub.is_put_off() {
                    core.puts_off(arm);
                }
                if stopping != Stopping::No && !core.is_held(key) {
                    // The critical section that had kept the body is over.
                    self.as_mut().relay(Step::DropBody, turn.cx);
                }
            }
            Op::Close | Op::Drop if !has_begun => {
                if self.body.is_none() {
                    return;
                }
                if let Err(payload) = guard(|| self.as_mut().project().body.set(None)) {
                    drop(core.panicked::<()>(Name::literal(self.hub.name), true, payload));
                }
                drop(core.never_begins::<()>());
            }
            // Cancelled from around, the body goes on, and what it starts sees the cancellation.
            Op::Close if core.is_running() => {}
            Op::Close => {
                if core.has_failed() && !core.is_held(key) {
                    self.as_mut().relay(Step::DropBody, turn.cx);
                }
                self.as_mut().relay(Step::Close, turn.cx);
            }
            Op::Stop => {
                if !core.is_held(key) {
                    self.as_mut().relay(Step::DropBody, turn.cx);
                }
                self.as_mut().relay(if core.is_killing() { Step::Kill } else { Step::Stop }, turn.cx);
            }
            Op::Drop => {
                self.as_mut().relay(Step::DropBody, turn.cx);
                self.as_mut().relay(Step::Drop, turn.cx);
            }
            Op::Drain | Op::Late | Op::Gather | Op::Resume { .. } => return,
        }
        self.as_mut().account(core);
        if core.open + core.daemons == 0 {
            self.hub.release();
        }
    }

    fn take<P: Policy, L>(self: Pin<&mut Self>, before: L, cause: Option<&Cause>) -> (L, P::Map<T, E>) {
        let this = self.project();
        this.hub.set_step(Step::Finish);
        let value = this.value.take().or_else(|| {
            let body = this.body.as_pin_mut()?;
            match body.poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(Ok(value)) => Some(value),
                _ => None,
            }
        });
        let outcome = value.map_or(Outcome::Cancelled { late: None }, Outcome::Done);
        (before, P::map(outcome, cause))
    }
}
