//! The clocks of a group: its deadline, the end of its grace period, the end of a drain.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::budget::unconstrained;

/// One clock; not set, it never rings.
#[derive(Default)]
pub(crate) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    pub(crate) fn set(&mut self, at: Option<Instant>) {
        self.0 = at.map(|at| Box::pin(sleep_until(at)));
    }

    /// Whether the time has come; if not, the task is woken when it has.
    pub(crate) fn fired(&mut self, cx: &mut Context<'_>) -> bool {
        match &mut self.0 {
            // Children may have used up the budget of this poll; a deadline counts all the same.
            Some(sleep) => unconstrained(cx, |cx| sleep.as_mut().poll(cx)) == Poll::Ready(()),
            None => false,
        }
    }
}

#[derive(Default)]
pub(crate) struct Timers {
    pub(super) deadline: Timer,
    pub(super) grace: Timer,
    pub(super) drain: Timer,
}
