//! tokio's cooperative budget, as this crate asks for it.

use std::{
    future::Future,
    task::{Context, Poll},
};

use tokio::task::coop;

/// Whether tokio's resources look at anything in this poll. Without budget, all of them pretend to be pending.
pub(crate) fn remains() -> bool {
    coop::has_budget_remaining()
}

/// Polls without regard to tokio's cooperative budget.
pub(crate) fn unconstrained<R>(cx: &mut Context<'_>, poll: impl FnMut(&mut Context<'_>) -> Poll<R>) -> Poll<R> {
    let unconstrained = std::pin::pin!(coop::unconstrained(std::future::poll_fn(poll)));
    unconstrained.poll(cx)
}
