//! A function as the children of its group: the body is arm 0, the child statements are the arms after it.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{
    context::key::Key,
    error::Cause,
    machine::{
        core::CoreBox,
        nodes::{FastPass, Nodes, Op, Pulled, Shape, Steps, Turn},
        outcome::{Outcome, Policy},
    },
    name::LazyName,
    task_fn::{
        hub::{Hub, Relay},
        stage::Stage,
    },
    unwind::guard,
};

/// The arm of the body; child statements follow, in the order of the text.
const BODY: usize = 0;

pin_project! {
    /// The body of a function, and all its stages.
    pub struct Body<'h, B, T, E> {
        hub: &'h Hub<E>,
        #[pin]
        outermost: Stage<'h, (), B, T, E>,
        value: Option<T>,
        has_begun: bool,
        // The function failed: the body ends at its next await, or, if a critical section holds it, when that is over.
        must_end: bool,
    }
}

impl<'h, B: Future<Output = Result<T, E>>, T, E> Body<'h, B, T, E> {
    pub(crate) fn new(hub: &'h Hub<E>, body: B) -> Self {
        Self { hub, outermost: Stage::outermost(hub, body), value: None, has_begun: false, must_end: false }
    }

    /// Lends the core to the hub, and polls the outermost stage, so that every stage does its part of `relay`. Returns
    /// `false` if an outer body panicked on the way.
    fn relay(self: Pin<&mut Self>, relay: Relay, cx: &mut Context<'_>, core: &mut CoreBox<E>) -> bool {
        let this = self.project();
        this.hub.lend(core, relay);
        let polled = guard(|| this.outermost.poll(cx));
        this.hub.take_back(core);
        match polled {
            Ok(Poll::Ready(Ok(value))) => *this.value = Some(value),
            // The stage whose body returned an error has reported it, and stays pending.
            Ok(Poll::Pending | Poll::Ready(Err(_))) => {}
            // The destructor of a local above a stage: nothing further in guards it.
            Err(payload) => {
                core.slotless_panic(this.hub.name.into(), payload);
                return false;
            }
        }
        true
    }

    /// Hands the value out, or drops what the bodies still hold. Not while children run: an outer body holds what they
    /// borrow (invariant 3 of `task_fn.rs`).
    fn finish(mut self: Pin<&mut Self>, cx: &mut Context<'_>, core: &mut CoreBox<E>) {
        let finished = self.as_mut().relay(Relay::Finish, cx, core);
        if self.value.is_some() {
            return;
        }
        // A body that panicked on its way out is not polled again: its locals are gone already.
        if finished {
            self.as_mut().relay(Relay::DropAll, cx, core);
        }
        if let Err(payload) = self.as_mut().project().outermost.drop_body() {
            core.slotless_panic(self.hub.name.into(), payload);
        }
    }

    /// Polls the body, then the children whose arms are in this half of the pass.
    fn run(mut self: Pin<&mut Self>, turn: &mut Turn<'_, '_>, core: &mut CoreBox<E>) {
        let (hub, key) = (self.hub, Key::arm(BODY));
        if !self.has_begun {
            *self.as_mut().project().has_begun = true;
            core.body_begins();
        }
        if turn.arms.contains(&BODY) && !core.is_decided() && !core.yields_before(BODY) {
            // A clone, because the core is lent to the hub during the relay.
            let watch = core.watch.clone();
            watch.run(|| self.as_mut().relay(Relay::Body, turn.cx, core));
            if (self.must_end || core.is_stopping()) && !core.is_held(key) {
                // The critical section that kept the body is over (state 50).
                self.as_mut().relay(Relay::DropBody, turn.cx, core);
            }
        }
        if hub.sites() > 0 {
            // After the body, so that an inline child that it has just started is polled in the same pass.
            let arms = turn.arms.start.max(BODY + 1)..turn.arms.end;
            self.as_mut().relay(Relay::Children { op: Op::Run, arms }, turn.cx, core);
        }
        // A handle that was dropped or cancelled concerns a child that may have been polled already: inline children may
        // await or cancel each other in any order, and without another round such a child would never be woken.
        if hub.signals.any() {
            core.request_round();
        }
        core.wake_for_room();
    }

    /// The steps that end something. Apart from [`run`](Self::run), whose frame every nested function leaves on the stack.
    fn end(mut self: Pin<&mut Self>, turn: &mut Turn<'_, '_>, core: &mut CoreBox<E>) {
        let key = Key::arm(BODY);
        let children = |op| Relay::Children { op, arms: 0..usize::MAX };
        match turn.op {
            // Cancelled before its first poll: none of the user's code has run (states 2 and 3).
            Op::Close | Op::Drop if !self.has_begun => {
                if !self.outermost.has_body() {
                    return;
                }
                let dropped = self.as_mut().project().outermost.drop_body();
                drop(core.never_begins::<()>(LazyName::arm(self.hub.name), dropped));
            }
            // Cancelled from outside, the body goes on, and its children see the cancellation (rule 5).
            Op::Close if core.is_running() => {}
            Op::Close => {
                // The first failure ends the body at its next await. Any other cancellation leaves it to the body.
                *self.as_mut().project().must_end = core.has_failed();
                if self.must_end && !core.is_held(key) {
                    self.as_mut().relay(Relay::DropBody, turn.cx, core);
                }
                self.relay(children(Op::Close), turn.cx, core);
            }
            Op::Stop => {
                if !core.is_held(key) {
                    self.as_mut().relay(Relay::DropBody, turn.cx, core);
                }
                self.relay(children(Op::Stop), turn.cx, core);
            }
            // The innermost body, then the children, then the outer bodies: what is borrowed outlives its borrower.
            Op::Drop => {
                self.as_mut().relay(Relay::DropBody, turn.cx, core);
                self.as_mut().relay(children(Op::Drop), turn.cx, core);
                self.relay(Relay::DropAll, turn.cx, core);
            }
            Op::Leave => drop(self.relay(children(Op::Leave), turn.cx, core)),
            Op::Collect => drop(self.relay(children(Op::Collect), turn.cx, core)),
            Op::Finish => self.finish(turn.cx, core),
            Op::Run | Op::Drain | Op::Late | Op::Gather | Op::Resume { .. } => {}
        }
    }
}

impl<B: Future<Output = Result<T, E>>, T, E> Steps<E> for Body<'_, B, T, E> {
    fn turns(&self, shape: Shape) -> usize {
        shape.arms + self.hub.sites()
    }

    fn drive(self: Pin<&mut Self>, turn: &mut Turn<'_, '_>, core: &mut CoreBox<E>) {
        turn.child.set(Key::arm(BODY));
        match turn.op {
            Op::Run => self.run(turn, core),
            _ => self.end(turn, core),
        }
    }

    fn pull(self: Pin<&mut Self>, _: &mut Turn<'_, '_>, _: &mut CoreBox<E>, _: &mut Pulled) {}
}

impl<B: Future<Output = Result<T, E>>, T, E> Nodes<E> for Body<'_, B, T, E> {
    const SHAPE: Shape = Shape::FUNCTION;

    type Slots<P: Policy> = ((), P::Map<T, E>);

    fn poll_lean(self: Pin<&mut Self>, _: &mut Context<'_>, _: &std::cell::Cell<Key>) -> FastPass<E> {
        FastPass::Pending
    }

    fn take<P: Policy>(self: Pin<&mut Self>, cause: Option<&Cause>) -> Self::Slots<P> {
        let outcome = self.project().value.take().map_or(Outcome::Cancelled { late: None }, Outcome::Done);
        ((), P::map(outcome, cause))
    }
}
