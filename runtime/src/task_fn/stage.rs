//! A body, and the child statements above it.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use crate::{
    context::asking,
    machine::{
        nodes::{Step, StepCx},
        outcome::End,
    },
    task_fn::{
        hub::{BODY, FIRST_WITH_SITES, FROM_FIRST_SITE, Hub, Relay},
        returns::Returns,
        site::Sites,
    },
    unwind::{Payload, drop_alone, guard},
};

/// A body and the child statements above it.
///
/// The body is pinned in the future that awaits the stage, and not here: without optimization, everything is copied once for
/// each call that it goes through, and each copy stays in the frame of that future. It would be most of what a level of
/// nested functions takes of the stack.
pub struct Stage<'a, S, B, T, E> {
    hub: &'a Hub<E>,
    sites: S,
    body: Pin<&'a mut Option<B>>,
    // What the body returned, kept until all children have ended.
    value: Option<T>,
    // 0 until it is first polled.
    number: usize,
}

// Nothing in it is pinned by it.
impl<S, B, T, E> Unpin for Stage<'_, S, B, T, E> {}

impl<S, B, T, E> Drop for Stage<'_, S, B, T, E> {
    fn drop(&mut self) {
        if self.body.is_some() {
            drop_alone(|| self.body.set(None));
        }
    }
}

impl<T, E> Returns<Result<T, E>> {
    /// Makes a stage, which runs `body` and the children that it starts at `sites`.
    pub fn stage<'a, S, B>(self, hub: &'a Hub<E>, sites: S, body: Pin<&'a mut Option<B>>) -> Stage<'a, S, B, T, E>
    where
        S: Sites<E>,
        B: Future<Output = Result<T, E>>,
    {
        Stage { hub, sites, body, value: None, number: 0 }
    }
}

impl<'a, B, T, E> Stage<'a, (), B, T, E> {
    /// Makes the outermost stage, which has no child statements above it.
    pub(super) fn outermost(hub: &'a Hub<E>, body: Pin<&'a mut Option<B>>) -> Self {
        Self { hub, sites: (), body, value: None, number: 0 }
    }
}

impl<S, B, T, E> Stage<'_, S, B, T, E> {
    /// Drops the body. Returns what its destructors panicked with, if they did.
    pub(super) fn drop_body(&mut self) -> Result<(), Payload> {
        guard(|| self.body.set(None))
    }

    pub(super) fn has_body(&self) -> bool {
        self.body.is_some()
    }
}

impl<S, B, T, E> Stage<'_, S, B, T, E>
where
    S: Sites<E>,
    B: Future<Output = Result<T, E>>,
{
    /// Polls the body of the innermost stage: the user's running code.
    fn run_body(&mut self, cx: &mut Context<'_>) {
        let Some(body) = self.body.as_mut().as_pin_mut() else { return };
        // A body that has begun the next stage in this poll is pending. That stage reports for itself.
        let ended = match guard(|| body.poll(cx)) {
            Ok(Poll::Pending) => return,
            Ok(Poll::Ready(result)) => Ok(result),
            Err(payload) => Err(payload),
        };
        self.body_ended(ended);
    }

    #[inline(never)]
    fn body_ended(&mut self, ended: Result<Result<T, E>, Payload>) {
        // Its locals are dropped before the children that go on; what those borrow is declared outside it.
        let dropped = self.drop_body();
        let end = match (ended, dropped) {
            (Ok(Ok(value)), Ok(())) => {
                self.value = Some(value);
                End::Returned(Ok(()))
            }
            (Ok(Err(error)), Ok(())) => End::Returned(Err(error)),
            // The first panic counts: that of a destructor would have come from the same unwinding.
            (Err(payload), _) | (_, Err(payload)) => End::Panicked(payload),
        };
        self.hub.body_ended(end);
    }

    /// Drops the body of the innermost stage, if it has not ended.
    fn end_body(&mut self) {
        if self.body.is_some() {
            let end = self.drop_body().map_or_else(End::Panicked, |()| End::Stopped);
            self.hub.body_ended(end);
        }
    }

    /// Drops a body after the stages inside it, whose sites it holds. A local of its own may panic: it is guarded, or two
    /// such destructors would abort the process (rule 3).
    fn drop_outer_body(&mut self) {
        if let Err(payload) = self.drop_body() {
            self.hub.body_panicked(payload);
        }
    }

    /// Makes a step of the children.
    #[inline(never)]
    fn drive_sites(&self, step: Step, cx: &mut Context<'_>) {
        let mut core = self.hub.core();
        let mut scx = StepCx { step, cx, arms: self.hub.arms() };
        if step == Step::Run && scx.arms == FROM_FIRST_SITE && core.only_polls() {
            self.sites.poll(&mut scx, &mut core);
        } else {
            self.sites.drive(&mut scx, &mut core);
        }
    }

    /// Polls the body of the innermost stage, then its children.
    fn run_all(&mut self, cx: &mut Context<'_>) {
        self.run_body(cx);
        // Before the children are polled, whose listening is their own.
        self.hub.notes_listening(asking::take_listens());
        self.hub.name_ends();
        // A stage that has begun in this poll is driven after those outside it, in a relay of its own.
        if !S::EMPTY && self.number == FIRST_WITH_SITES {
            self.poll_sites(cx);
            // This stage may have begun in a poll of the body outside it, which would take what a child asked for its own.
            asking::take_listens();
        }
    }

    /// Polls the children, in a [`Relay::BodyAndChildren`].
    #[inline(never)]
    fn poll_sites(&self, cx: &mut Context<'_>) {
        let mut core = self.hub.core();
        let core = &mut **core;
        core.notes_budget(BODY + 1);
        self.sites.poll(&mut StepCx { step: Step::Run, cx, arms: FROM_FIRST_SITE }, core);
    }

    /// Polls a body that awaits the next stage.
    #[inline(always)]
    fn pass_on(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, E>> {
        match self.body.as_mut().as_pin_mut() {
            Some(body) => body.poll(cx),
            None => Poll::Pending,
        }
    }

    /// The relays at the end of a function. Apart from the others, whose frame every nested function leaves on the stack.
    #[inline(never)]
    fn end(&mut self, relay: Relay, innermost: bool, cx: &mut Context<'_>) -> Poll<Result<T, E>> {
        match relay {
            Relay::DropBody if innermost => self.end_body(),
            // The value travels outwards: each outer body returns what the stage that it awaits returned.
            Relay::Finish => {
                return match self.value.take() {
                    Some(value) => Poll::Ready(Ok(value)),
                    None => self.pass_on(cx),
                };
            }
            Relay::DropAll => {
                let _ = self.pass_on(cx);
                self.drop_outer_body();
            }
            // Not the innermost: its body awaits the next stage, which never ends in such a relay.
            _ => drop(self.pass_on(cx)),
        }
        Poll::Pending
    }
}

impl<S, B, T, E> Future for Stage<'_, S, B, T, E>
where
    S: Sites<E>,
    B: Future<Output = Result<T, E>>,
{
    type Output = Result<T, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        // At the first poll, and not when it is made: until then the body outside it is still the running code.
        if this.number == 0 {
            this.number = this.hub.stage_begins();
        }
        let innermost = this.number == this.hub.stages();
        if this.hub.polls_all() {
            if !innermost {
                return this.pass_on(cx);
            }
            this.run_all(cx);
            return Poll::Pending;
        }
        let relay = this.hub.relay();
        // The sites of an outer stage are driven before those inside it: written order, as in a group.
        if let Some(step) = relay.step() {
            if !S::EMPTY {
                this.drive_sites(step, cx);
            }
        } else if relay != Relay::Body {
            return this.end(relay, innermost, cx);
        }
        if !innermost {
            // Nothing comes of it: the body awaits the next stage, which only ends in another relay.
            return this.pass_on(cx);
        }
        if relay == Relay::Body {
            this.run_body(cx);
        }
        Poll::Pending
    }
}
