//! The rest of a body, and the children that it may start.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use crate::{
    task_fn::{
        hub::{Hub, Report, Step},
        site::Sites,
    },
    unwind::guard,
};

pin_project! {
    /// A body and the sites that stand above it. A struct and not an `async fn`: those double in size with every level.
    pub struct Stage<'h, S, B, T, E> {
        hub: &'h Hub<E>,
        sites: S,
        #[pin]
        body: Option<B>,
        // What the body returned, while children go on.
        value: Option<T>,
        // 0 until it is first polled.
        number: usize,
    }
}

/// Runs `body` and the children that it starts at `sites`.
pub fn stage<S, B, T, E>(hub: &Hub<E>, sites: S, body: B) -> Stage<'_, S, B, T, E>
where
    S: Sites<E>,
    B: Future<Output = Result<T, E>>,
{
    Stage { hub, sites, body: Some(body), value: None, number: 0 }
}

impl<S, B, T, E> Future for Stage<'_, S, B, T, E>
where
    S: Sites<E>,
    B: Future<Output = Result<T, E>>,
{
    type Output = Result<T, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if *this.number == 0 {
            *this.number = this.hub.next_stage();
        }
        let innermost = *this.number == this.hub.depth();
        match this.hub.step() {
            Step::Run | Step::RunAll => run(this.hub, this.sites, this.body, this.value, cx),
            Step::DropBody if innermost => drop_body(this.hub, this.body),
            Step::DropBody | Step::Close | Step::Stop | Step::Kill | Step::Drop => {
                relay(this.hub, this.sites, this.body, innermost, cx)
            }
            Step::Finish => {
                return match this.value.take() {
                    Some(value) => Poll::Ready(Ok(value)),
                    None => match this.body.as_pin_mut() {
                        Some(body) => Poll::Ready(ready!(body.poll(cx))),
                        None => Poll::Pending,
                    },
                };
            }
        }
        Poll::Pending
    }
}

/// A step that is not a run: the sites of this stage, then the stages inside.
fn relay<S: Sites<E>, B: Future, E>(
    hub: &Hub<E>,
    sites: &S,
    body: Pin<&mut Option<B>>,
    innermost: bool,
    cx: &mut Context<'_>,
) {
    if hub.step() != Step::DropBody {
        sites.step(cx);
    }
    if !innermost {
        if let Some(body) = body.as_pin_mut() {
            // It awaits the next stage, which never ends in such a step.
            let _ = body.poll(cx);
        }
    }
}

/// Polls the body, then the children, and again as long as the one gave the other something to do.
#[inline]
fn run<S: Sites<E>, B: Future<Output = Result<T, E>>, T, E>(
    hub: &Hub<E>,
    sites: &S,
    mut body: Pin<&mut Option<B>>,
    value: &mut Option<T>,
    cx: &mut Context<'_>,
) {
    while !hub.is_decided() {
        if value.is_none() {
            poll_body(hub, body.as_mut(), value, cx);
        }
        if hub.is_decided() {
            return;
        }
        sites.run(cx);
        if !hub.take_fresh() {
            return;
        }
    }
}

/// Polls a body. If it is not the innermost, this polls the stages inside; they report for themselves.
#[inline]
pub(super) fn poll_body<B: Future<Output = Result<T, E>>, T, E>(
    hub: &Hub<E>,
    mut body: Pin<&mut Option<B>>,
    value: &mut Option<T>,
    cx: &mut Context<'_>,
) {
    let Some(running) = body.as_mut().as_pin_mut() else { return };
    let report = match guard(|| running.poll(cx)) {
        Ok(Poll::Pending) => return,
        Ok(Poll::Ready(Ok(result))) => {
            *value = Some(result);
            Report::BodyDone
        }
        Ok(Poll::Ready(Err(error))) => Report::BodyFailed(error),
        Err(payload) => Report::BodyPanicked(payload),
    };
    // Its locals go before the children that go on; what they borrow stands outside it.
    hub.report(match guard(|| body.set(None)) {
        Ok(()) => report,
        Err(payload) => {
            *value = None;
            Report::BodyPanicked(payload)
        }
    });
}

/// The function ends early: the innermost body goes first, if it has not ended by itself.
pub(super) fn drop_body<B, E>(hub: &Hub<E>, mut body: Pin<&mut Option<B>>) {
    if body.is_some() {
        hub.report(match guard(|| body.set(None)) {
            Ok(()) => Report::BodyDropped,
            Err(payload) => Report::BodyPanicked(payload),
        });
    }
}
