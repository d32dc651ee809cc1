//! How a wait of this crate is noted.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::wait::Wait;
#[cfg(any(feature = "tracing", feature = "tree"))]
use super::waits;

/// Notes that the code that runs here waits in this, if its poll is pending.
#[inline(always)]
#[cfg_attr(not(any(feature = "tracing", feature = "tree")), allow(unused_variables, reason = "nothing is observed"))]
pub(crate) fn noted<T>(wait: Wait, polled: Poll<T>) -> Poll<T> {
    #[cfg(any(feature = "tracing", feature = "tree"))]
    if polled.is_pending() {
        waits::add(wait);
    }
    polled
}

pin_project! {
    /// A future that is of this crate, and whose polls are [`noted`].
    pub(crate) struct Noted<F> {
        #[pin]
        future: F,
        wait: Wait,
    }
}

impl<F> Noted<F> {
    pub(crate) fn new(wait: Wait, future: F) -> Self {
        Self { future, wait }
    }
}

impl<F: Future> Future for Noted<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        noted(*this.wait, this.future.poll(cx))
    }
}
