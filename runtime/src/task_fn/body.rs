//! A function as the children of its group: the body is arm 0, the child statements are the arms after it.

use std::{
    future::Future,
    ops::Range,
    pin::Pin,
    task::{Context, Poll},
};

use crate::{
    context::{self, asking, key::Key},
    error::Cause,
    machine::{
        core_box::CoreBox,
        nodes::{AnyOf, Nodes, Pulled, Shape, SlotsOf, Step, StepCx, Steps},
        outcome::{Outcome, Policy},
    },
    name::LazyName,
    observe, probe,
    task_fn::{
        hub::{ALL_ARMS, BODY, FIRST_WITH_SITES, FROM_FIRST_SITE, Hub, Relay},
        stage::Stage,
    },
    unwind::{Payload, guard},
};

/// The body of a function, and all its stages.
pub struct Body<'a, B, T, E> {
    hub: &'a Hub<E>,
    outermost: Stage<'a, (), B, T, E>,
    value: Option<T>,
    has_begun: bool,
    // The function failed: the body ends at its next await, or, if a critical section holds it, when that is over.
    must_end: bool,
    // Whether it listens (DESIGN §1).
    listens: bool,
}

// The bodies are pinned where they are, and not here.
impl<B, T, E> Unpin for Body<'_, B, T, E> {}

impl<'a, B: Future<Output = Result<T, E>>, T, E> Body<'a, B, T, E> {
    pub(crate) fn new(hub: &'a Hub<E>, body: Pin<&'a mut Option<B>>) -> Self {
        Self {
            hub,
            outermost: Stage::outermost(hub, body),
            value: None,
            has_begun: false,
            must_end: false,
            listens: false,
        }
    }

    /// Lends the core to the hub, and polls the outermost stage, so that every stage does its part of `relay`.
    ///
    /// Without a guard, which every nested function would leave on the stack: in these relays, the outer bodies only await the
    /// next stage, and what runs of the user's code further in has a guard of its own.
    #[inline]
    fn relay(&mut self, relay: Relay, arms: Range<usize>, cx: &mut Context<'_>, core: &mut CoreBox<E>) {
        self.hub.lend(core, relay, arms, cx);
        // Only `Finish` returns a value.
        let _ = Pin::new(&mut self.outermost).poll(cx);
        self.hub.take_back(core);
        if relay == Relay::DropBody {
            self.hub.name_ends();
        }
    }

    /// The same for a relay in which outer bodies return, or are dropped. Returns `false` if one panicked on the way.
    fn guarded_relay(&mut self, relay: Relay, cx: &mut Context<'_>, core: &mut CoreBox<E>) -> bool {
        self.hub.lend(core, relay, ALL_ARMS, cx);
        let polled = guard(|| Pin::new(&mut self.outermost).poll(cx));
        self.hub.take_back(core);
        self.hub.name_ends();
        match polled {
            Ok(Poll::Ready(Ok(value))) => self.value = Some(value),
            // The stage whose body returned an error has reported it, and stays pending.
            Ok(Poll::Pending | Poll::Ready(Err(_))) => {}
            // The destructor of a local above a stage: nothing further in guards it.
            Err(payload) => {
                core.slotless_panic(self.hub.name.into(), payload);
                return false;
            }
        }
        true
    }

    /// Hands the value out, or drops what the bodies still hold. Not while children run: an outer body holds what they
    /// borrow (invariant 3 of `task_fn.rs`).
    fn finish(&mut self, cx: &mut Context<'_>, core: &mut CoreBox<E>) {
        let finished = self.guarded_relay(Relay::Finish, cx, core);
        if self.value.is_some() {
            return;
        }
        // A body that panicked on its way out is not polled again: its locals are gone already.
        if finished {
            self.guarded_relay(Relay::DropAll, cx, core);
        }
        if let Err(payload) = self.outermost.drop_body() {
            core.slotless_panic(self.hub.name.into(), payload);
        }
    }

    /// Polls the body, then the children whose arms are in this half of the pass.
    fn run(&mut self, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>) {
        if !self.has_begun {
            self.has_begun = true;
            core.body_begins();
        }
        // With `tracing`, the span of the function is that of its body only. A last poll of the body, and one after it, are
        // judged when they return (rule 5).
        let together = scx.arms == ALL_ARMS
            && core.only_polls()
            && !core.has_decision()
            && !core.is_closed()
            && self.hub.stages() <= FIRST_WITH_SITES
            && !observe::ON;
        if together {
            self.run_all(scx.cx, core);
        } else {
            self.run_apart(scx, core);
        }
        // A handle that was dropped or cancelled concerns a child that may have been polled already: inline children may
        // await or cancel each other in any order, and without another round such a child would never be woken.
        if self.hub.signals.any() {
            core.request_round();
        }
        core.wake_for_room();
    }

    /// Polls the body and all children, on one way through the bodies.
    #[inline]
    fn run_all(&mut self, cx: &mut Context<'_>, core: &mut CoreBox<E>) {
        // What ran before in the same group, an option for instance, is not the body.
        asking::take_listens();
        self.relay(Relay::BodyAndChildren, FROM_FIRST_SITE, cx, core);
        self.listens |= self.hub.listens();
        let polled = self.hub.sites_of_first_stage();
        if polled < self.hub.sites() {
            // Those of a stage that has begun in this relay follow in another.
            self.relay(Relay::Run, polled + BODY + 1..ALL_ARMS.end, cx, core);
        }
    }

    /// Polls the body, then the children.
    #[inline(never)]
    fn run_apart(&mut self, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>) {
        let arms = scx.arms.start.max(BODY + 1)..scx.arms.end;
        let is_due = scx.arms.contains(&BODY) && !core.is_decided() && !core.yields_before(BODY);
        if is_due && !self.puts_turn_off(core) {
            self.run_body(scx.cx, core);
            core.notes_budget(BODY + 1);
        }
        if arms.start <= self.hub.sites() {
            // After the body, so that an inline child that it has just started is polled in the same pass.
            self.relay(Relay::Run, arms, scx.cx, core);
        }
    }

    /// Returns `true` if an exploration lets children go before the body.
    // Apart from `run`, whose frame every nested function leaves on the stack.
    #[cfg_attr(debug_assertions, inline(never))]
    #[cfg_attr(not(debug_assertions), inline)]
    fn puts_turn_off(&self, core: &mut CoreBox<E>) -> bool {
        probe::reorders() && core.puts_turn_off(BODY, 0, LazyName::function(self.hub.name))
    }

    /// Polls the body alone.
    #[inline(never)]
    fn run_body(&mut self, cx: &mut Context<'_>, core: &mut CoreBox<E>) {
        // A clone, because the core is lent to the hub during the relay.
        let watch = core.watch.clone();
        let key = Key::arm(BODY);
        let (_, listens) = asking::noting(key, || watch.run(|| self.relay(Relay::Body, ALL_ARMS, cx, core)));
        self.hub.name_ends();
        self.listens |= listens;
        core.puts_off(BODY, false);
        if (self.must_end && !core.is_held(key)) || core.must_end(key, self.listens) {
            // The critical section that kept the body is over (state 50).
            self.relay(Relay::DropBody, ALL_ARMS, cx, core);
        }
    }

    /// The steps that end something. Apart from [`run`](Self::run), whose frame every nested function leaves on the stack.
    #[inline(never)]
    fn end(&mut self, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>) {
        let key = Key::arm(BODY);
        match scx.step {
            // Cancelled before its first poll: none of the user's code has run (states 2 and 3).
            Step::Close | Step::Drop if !self.has_begun => {
                if !self.outermost.has_body() {
                    return;
                }
                let dropped = self.outermost.drop_body();
                body_never_begins(self.hub.name, dropped, core);
            }
            // Cancelled from outside, the body goes on, and its children see the cancellation (rule 5).
            Step::Close if core.is_running() => {}
            Step::Close => {
                // The first failure ends the body at its next await. Any other cancellation leaves it to the body.
                self.must_end = core.has_failed();
                if self.must_end && !core.is_held(key) {
                    self.relay(Relay::DropBody, ALL_ARMS, scx.cx, core);
                }
                self.relay(Relay::Close, ALL_ARMS, scx.cx, core);
            }
            Step::Stop => {
                if !core.is_held(key) {
                    self.relay(Relay::DropBody, ALL_ARMS, scx.cx, core);
                }
                self.relay(Relay::Stop, ALL_ARMS, scx.cx, core);
            }
            // The innermost body, then the children, then the outer bodies: what is borrowed outlives its borrower.
            Step::Drop => {
                self.relay(Relay::DropBody, ALL_ARMS, scx.cx, core);
                self.relay(Relay::Drop, ALL_ARMS, scx.cx, core);
                self.guarded_relay(Relay::DropAll, scx.cx, core);
            }
            Step::Leave => {
                if core.must_end(key, self.listens) {
                    self.relay(Relay::DropBody, ALL_ARMS, scx.cx, core);
                }
                self.relay(Relay::Leave, ALL_ARMS, scx.cx, core);
            }
            // Before its first poll it has no children, and the body itself is not listed.
            Step::ListUnfinished if self.has_begun => self.relay(Relay::ListUnfinished, ALL_ARMS, scx.cx, core),
            Step::Collect => self.relay(Relay::Collect, ALL_ARMS, scx.cx, core),
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

    fn drive(mut self: Pin<&mut Self>, scx: &mut StepCx<'_, '_>, core: &mut CoreBox<E>) {
        context::set_child(Key::arm(BODY));
        match scx.step {
            Step::Run => self.run(scx, core),
            _ => self.end(scx, core),
        }
    }

    fn pull(self: Pin<&mut Self>, _: &mut StepCx<'_, '_>, _: &mut CoreBox<E>, _: &mut Pulled) {}
}

/// Not in the frame that every nested function leaves on the stack.
#[cold]
#[inline(never)]
fn body_never_begins<E>(name: &'static str, dropped: Result<(), Payload>, core: &mut CoreBox<E>) {
    drop(core.never_begins::<()>(LazyName::function(name), dropped));
}

impl<B: Future<Output = Result<T, E>>, T, E> Nodes<E> for Body<'_, B, T, E> {
    const SHAPE: Shape = Shape::FUNCTION;

    type Values = ((), T);

    fn take<P: Policy>(self: Pin<&mut Self>, cause: Option<&Cause>) -> SlotsOf<Self, E, P> {
        let outcome = self.get_mut().value.take().map_or(Outcome::Cancelled { late: None }, Outcome::Done);
        ((), P::map(outcome, cause))
    }

    fn next_value(self: Pin<&mut Self>, _: usize) -> Option<(LazyName, AnyOf<Self, E>)> {
        None
    }
}
