//! The timers of a group: its deadline, the end of its grace period, the end of a drain.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::{budget::unconstrained, runtime::Here};

/// One timer. If it is not set, it never fires.
#[derive(Default)]
pub(crate) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Sets it, for the group at `here`. Without a time, it never fires.
    pub(crate) fn set(&mut self, at: Option<Instant>, what: &'static str, here: Here) {
        if at.is_some() {
            here.needs_runtime_for(|| what);
        }
        // Made when it is set: a group without timers runs on a runtime without a clock. Boxed, because what holds
        // it is moved.
        self.0 = at.map(|at| Box::pin(sleep_until(at)));
    }

    /// Returns `true` if the time has come; otherwise the task is woken when it has.
    #[inline]
    pub(crate) fn fired(&mut self, cx: &mut Context<'_>) -> bool {
        self.0.as_mut().is_some_and(|sleep| is_over(sleep, cx))
    }
}

#[inline(never)]
fn is_over(sleep: &mut Pin<Box<Sleep>>, cx: &mut Context<'_>) -> bool {
    // Children may have used up the budget of this poll. A deadline is compared with the clock all the same (rule 9).
    unconstrained(cx, |cx| sleep.as_mut().poll(cx)) == Poll::Ready(())
}

#[derive(Default)]
pub(crate) struct Timers {
    pub(super) deadline: Timer,
    pub(super) grace: Timer,
    pub(super) drain: Timer,
}
