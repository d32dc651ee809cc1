//! tokio's cooperative budget.

use std::{
    future::Future,
    task::{Context, Poll},
};

use tokio::task::coop;

/// Returns `true` if there is budget left in this poll. Without it, every tokio resource returns `Pending`.
pub(crate) fn remains() -> bool {
    coop::has_budget_remaining()
}

/// Polls without regard to tokio's cooperative budget.
pub(crate) fn unconstrained<R>(cx: &mut Context<'_>, poll: impl FnMut(&mut Context<'_>) -> Poll<R>) -> Poll<R> {
    let unconstrained = std::pin::pin!(coop::unconstrained(std::future::poll_fn(poll)));
    unconstrained.poll(cx)
}

/// Takes a unit of the budget, which is given back unless progress is reported. Without one, it pends with a wake-up.
pub(crate) fn poll_unit(cx: &mut Context<'_>) -> Poll<coop::RestoreOnPending> {
    coop::poll_proceed(cx)
}

/// Takes a unit of the budget. Without one, it pends with a wake-up. Outside tokio there is no budget, and it never pends.
pub(crate) fn poll_proceed(cx: &mut Context<'_>) -> Poll<()> {
    coop::poll_proceed(cx).map(|taken| taken.made_progress())
}
