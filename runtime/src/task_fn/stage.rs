//! A body, and the child statements above it.

use std::{
    future::Future,
    ops::Range,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{
    context,
    machine::{
        nodes::{Step, StepCx},
        outcome::End,
    },
    task_fn::{
        hub::{Hub, Relay},
        site::Sites,
    },
    unwind::{Payload, drop_alone, guard},
};

pin_project! {
    /// A body and the child statements above it. A struct and not an `async fn`: those double in size with every level,
    /// 800 kB at 12 stages.
    pub struct Stage<'h, S, B, T, E> {
        hub: &'h Hub<E>,
        sites: S,
        #[pin]
        body: Option<B>,
        // What the body returned, kept until all children have ended.
        value: Option<T>,
        // 0 until it is first polled.
        number: usize,
    }

    impl<'h, S, B, T, E> PinnedDrop for Stage<'h, S, B, T, E> {
        fn drop(this: Pin<&mut Self>) {
            let mut body = this.project().body;
            if body.is_some() {
                drop_alone(|| body.set(None));
            }
        }
    }
}

/// Makes a stage, which runs `body` and the children that it starts at `sites`.
pub fn stage<S, B, T, E>(hub: &Hub<E>, sites: S, body: B) -> Stage<'_, S, B, T, E>
where
    S: Sites<E>,
    B: Future<Output = Result<T, E>>,
{
    Stage { hub, sites, body: Some(body), value: None, number: 0 }
}

impl<'h, S, B, T, E> Stage<'h, S, B, T, E> {
    /// Makes the outermost stage, which has no child statements above it.
    pub(super) fn outermost(hub: &'h Hub<E>, body: B) -> Self
    where
        S: Default,
    {
        Self { hub, sites: S::default(), body: Some(body), value: None, number: 0 }
    }

    /// Drops the body. Returns what its destructors panicked with, if they did.
    pub(super) fn drop_body(self: Pin<&mut Self>) -> Result<(), Payload> {
        let mut body = self.project().body;
        guard(|| body.set(None))
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
    fn run_body(self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else { return };
        // A body that has begun the next stage in this poll is pending. That stage reports for itself.
        let ended = match guard(|| body.poll(cx)) {
            Ok(Poll::Pending) => return,
            Ok(Poll::Ready(result)) => Ok(result),
            Err(payload) => Err(payload),
        };
        // Its locals are dropped before the children that go on; what those borrow is declared outside it.
        let dropped = guard(|| this.body.set(None));
        let end = match (ended, dropped) {
            (Ok(Ok(value)), Ok(())) => {
                *this.value = Some(value);
                End::Returned(Ok(()))
            }
            (Ok(Err(error)), Ok(())) => End::Returned(Err(error)),
            (Err(payload), _) | (_, Err(payload)) => End::Panicked(payload),
        };
        this.hub.with_core_out(|core| core.body_ended(this.hub.name, end));
    }

    /// Drops the body of the innermost stage, if it has not ended.
    fn end_body(self: Pin<&mut Self>) {
        let mut this = self.project();
        if this.body.is_some() {
            let dropped = guard(|| this.body.set(None));
            let end = dropped.map_or_else(End::Panicked, |()| End::Stopped);
            this.hub.with_core_out(|core| core.body_ended(this.hub.name, end));
        }
    }

    /// Drops a body after the stages inside it, whose sites it holds. A local of its own may panic: it is guarded, or two
    /// such destructors would abort the process (rule 3).
    fn drop_outer_body(self: Pin<&mut Self>) {
        let mut this = self.project();
        if let Err(payload) = guard(|| this.body.set(None)) {
            this.hub.with_core_out(|core| core.slotless_panic(this.hub.name.into(), payload));
        }
    }

    fn drive_sites(&self, step: Step, arms: Range<usize>, cx: &mut Context<'_>) {
        context::with_child_key(|child| {
            self.hub.with_core_out(|core| self.sites.drive(&mut StepCx { step, cx, child, arms }, core));
        });
    }

    /// Polls a body that awaits the next stage.
    fn pass_on(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, E>> {
        self.project().body.as_pin_mut().map_or(Poll::Pending, |body| body.poll(cx))
    }
}

impl<S, B, T, E> Future for Stage<'_, S, B, T, E>
where
    S: Sites<E>,
    B: Future<Output = Result<T, E>>,
{
    type Output = Result<T, E>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // At the first poll, and not when it is made: until then the body outside it is still the running code.
        if self.number == 0 {
            *self.as_mut().project().number = self.hub.stage_begins();
        }
        let (relay, innermost) = self.hub.look(self.number);
        match relay {
            Relay::Body if innermost => self.run_body(cx),
            Relay::DropBody if innermost => self.end_body(),
            // The sites of an outer stage are driven before those inside it: written order, as in a group.
            Relay::Children { step, arms } => {
                if !S::EMPTY {
                    self.drive_sites(step, arms, cx);
                }
                if !innermost {
                    let _ = self.pass_on(cx);
                }
            }
            // The value travels outwards: each outer body returns what the stage that it awaits returned.
            Relay::Finish => {
                return match self.as_mut().project().value.take() {
                    Some(value) => Poll::Ready(Ok(value)),
                    None => self.pass_on(cx),
                };
            }
            Relay::DropAll => {
                let _ = self.as_mut().pass_on(cx);
                self.drop_outer_body();
            }
            // Not the innermost: its body awaits the next stage, which never ends in such a relay.
            Relay::Body | Relay::DropBody => {
                let _ = self.pass_on(cx);
            }
        }
        Poll::Pending
    }
}
