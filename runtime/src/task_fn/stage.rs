//! A body, and the child statements above it.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{
    context,
    machine::{nodes::Turn, outcome::End},
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

/// `None`: the body has not ended.
type Ended<T, E> = Option<Result<Result<T, E>, Payload>>;

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

    /// Reports the end of the user's code in the body, if it has ended.
    fn record(self: Pin<&mut Self>, ended: Ended<T, E>) {
        let mut this = self.project();
        let Some(ended) = ended else { return };
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
}

impl<S, B, T, E> Future for Stage<'_, S, B, T, E>
where
    S: Sites<E>,
    B: Future<Output = Result<T, E>>,
{
    type Output = Result<T, E>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.as_mut().project();
        // At the first poll, and not when it is made: until then the body outside it is still the running code.
        if *this.number == 0 {
            *this.number = this.hub.stage_begins();
        }
        let (relay, innermost) = this.hub.look(*this.number);
        let drops_all = relay == Relay::DropAll;
        match relay {
            Relay::Body if innermost => {
                let ended = this.body.as_mut().as_pin_mut().map(|body| guard(|| body.poll(cx)));
                // A body that has begun the next stage in this poll is pending. That stage reports for itself.
                let ended = match ended {
                    None | Some(Ok(Poll::Pending)) => None,
                    Some(Ok(Poll::Ready(result))) => Some(Ok(result)),
                    Some(Err(payload)) => Some(Err(payload)),
                };
                self.record(ended);
                return Poll::Pending;
            }
            Relay::DropBody if innermost => {
                if this.body.is_some() {
                    let dropped = guard(|| this.body.set(None));
                    let end = dropped.map_or_else(End::Panicked, |()| End::Stopped);
                    this.hub.with_core_out(|core| core.body_ended(this.hub.name, end));
                }
                return Poll::Pending;
            }
            Relay::Children { op, arms } => {
                let (hub, sites) = (*this.hub, &*this.sites);
                context::with_child_key(|child| {
                    hub.with_core_out(|core| sites.drive(&mut Turn { op, cx, child, arms }, core));
                });
                // The sites of an outer stage are driven before those inside it: written order, as in a group.
                if innermost {
                    return Poll::Pending;
                }
            }
            Relay::Finish => {
                // The value travels outwards: each outer body returns what the stage that it awaits returned.
                if let Some(value) = this.value.take() {
                    return Poll::Ready(Ok(value));
                }
                return this.body.as_pin_mut().map_or(Poll::Pending, |body| body.poll(cx));
            }
            Relay::Body | Relay::DropBody | Relay::DropAll => {}
        }
        // Not the innermost: its body awaits the next stage, which never ends in such a relay.
        if let Some(body) = this.body.as_mut().as_pin_mut() {
            let _ = body.poll(cx);
        }
        if drops_all {
            // After the stages inside it, whose sites this body holds. A local of its own may panic: it is guarded, or two
            // such destructors would abort the process (rule 3).
            if let Err(payload) = guard(|| this.body.set(None)) {
                this.hub.with_core_out(|core| core.slotless_panic(this.hub.name.into(), payload));
            }
        }
        Poll::Pending
    }
}
