//! A function as the children of its group: the body is arm 0, the child statements are the arms after it.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{
    context::{Current, asking, key::Key},
    error::Cause,
    machine::{
        core::CoreBox,
        nodes::{FastPass, Nodes, Pulled, Shape, Step, StepCx, Steps},
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
        // Whether it listens (DESIGN §1).
        listens: bool,
    }
}

impl<'h, B: Future<Output = Result<T, E>>, T, E> Body<'h, B, T, E> {
    pub(crate) fn new(hub: &'h Hub<E>, body: B) -> Self {
        Self {
            hub,
            outermost: Stage::outermost(hub, body),
            value: None,
            has_begun: false,
            must_end: false,
            listens: false,
        }
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
    fn run(mut self: Pin<&mut Self>, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>) {
        let (hub, key) = (self.hub, Key::arm(BODY));
        if !self.has_begun {
            *self.as_mut().project().has_begun = true;
            core.body_begins();
        }
        if scx.arms.contains(&BODY) && !core.is_decided() && !core.yields_before(BODY) {
            // A clone, because the core is lent to the hub during the relay.
            let watch = core.watch.clone();
            let (_, listens) = asking::noting(|| watch.run(|| self.as_mut().relay(Relay::Body, scx.cx, core)));
            *self.as_mut().project().listens |= listens;
            core.puts_off(BODY, false);
            if (self.must_end && !core.is_held(key)) || core.must_end(key, self.listens) {
                // The critical section that kept the body is over (state 50).
                self.as_mut().relay(Relay::DropBody, scx.cx, core);
            }
            core.notes_budget(BODY + 1);
        }
        if hub.sites() > 0 {
            // After the body, so that an inline child that it has just started is polled in the same pass.
            let arms = scx.arms.start.max(BODY + 1)..scx.arms.end;
            self.as_mut().relay(Relay::Children { step: Step::Run, arms }, scx.cx, core);
        }
        // A handle that was dropped or cancelled concerns a child that may have been polled already: inline children may
        // await or cancel each other in any order, and without another round such a child would never be woken.
        if hub.signals.any() {
            core.request_round();
        }
        core.wake_for_room();
    }

    /// The steps that end something. Apart from [`run`](Self::run), whose frame every nested function leaves on the stack.
    fn end(mut self: Pin<&mut Self>, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>) {
        let key = Key::arm(BODY);
        let children = |step| Relay::Children { step, arms: 0..usize::MAX };
        match scx.step {
            // Cancelled before its first poll: none of the user's code has run (states 2 and 3).
            Step::Close | Step::Drop if !self.has_begun => {
                if !self.outermost.has_body() {
                    return;
                }
                let dropped = self.as_mut().project().outermost.drop_body();
                drop(core.never_begins::<()>(LazyName::arm(self.hub.name), dropped));
            }
            // Cancelled from outside, the body goes on, and its children see the cancellation (rule 5).
            Step::Close if core.is_running() => {}
            Step::Close => {
                // The first failure ends the body at its next await. Any other cancellation leaves it to the body.
                *self.as_mut().project().must_end = core.has_failed();
                if self.must_end && !core.is_held(key) {
                    self.as_mut().relay(Relay::DropBody, scx.cx, core);
                }
                self.relay(children(Step::Close), scx.cx, core);
            }
            Step::Stop => {
                if !core.is_held(key) {
                    self.as_mut().relay(Relay::DropBody, scx.cx, core);
                }
                self.relay(children(Step::Stop), scx.cx, core);
            }
            // The innermost body, then the children, then the outer bodies: what is borrowed outlives its borrower.
            Step::Drop => {
                self.as_mut().relay(Relay::DropBody, scx.cx, core);
                self.as_mut().relay(children(Step::Drop), scx.cx, core);
                self.relay(Relay::DropAll, scx.cx, core);
            }
            Step::Leave => {
                if core.must_end(key, self.listens) {
                    self.as_mut().relay(Relay::DropBody, scx.cx, core);
                }
                self.relay(children(Step::Leave), scx.cx, core);
            }
            // Before its first poll it has no children, and the body itself is not listed.
            Step::ListUnfinished if self.has_begun => drop(self.relay(children(Step::ListUnfinished), scx.cx, core)),
            Step::Collect => drop(self.relay(children(Step::Collect), scx.cx, core)),
            Step::Finish => self.finish(scx.cx, core),
            // A function has no sources: its body has the loops.
            Step::Begin
            | Step::Run
            | Step::ListUnfinished
            | Step::Drain
            | Step::Report
            | Step::Late
            | Step::Gather
            | Step::Resume { .. } => {}
        }
    }
}

impl<B: Future<Output = Result<T, E>>, T, E> Steps<E> for Body<'_, B, T, E> {
    fn turns(&self, shape: Shape) -> usize {
        shape.arms + self.hub.sites()
    }

    fn drive(self: Pin<&mut Self>, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>) {
        scx.child.set(Key::arm(BODY));
        match scx.step {
            Step::Run => self.run(scx, core),
            _ => self.end(scx, core),
        }
    }

    fn pull(self: Pin<&mut Self>, _: &mut StepCx<'_, '_>, _: &mut CoreBox<E>, _: &mut Pulled) {}
}

impl<B: Future<Output = Result<T, E>>, T, E> Nodes<E> for Body<'_, B, T, E> {
    const SHAPE: Shape = Shape::FUNCTION;

    type Slots<P: Policy> = ((), P::Map<T, E>);

    fn poll_lean(self: Pin<&mut Self>, _: &mut Context<'_>, _: &Current) -> FastPass<E> {
        FastPass::Pending
    }

    fn take<P: Policy>(self: Pin<&mut Self>, cause: Option<&Cause>) -> Self::Slots<P> {
        let outcome = self.project().value.take().map_or(Outcome::Cancelled { late: None }, Outcome::Done);
        ((), P::map(outcome, cause))
    }
}
