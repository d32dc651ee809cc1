//! The timers of a group: its deadline, the end of its grace period, the end of a drain.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Waker},
};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::{budget::unconstrained, runtime::Here};

/// The deadline, as something that needs a runtime.
pub(super) const DEADLINE: &str = "the deadline";

/// One timer. If it is not set, it never fires.
#[derive(Default)]
pub(crate) struct Timer(Option<Set>);

struct Set {
    // Boxed, because what holds it is moved.
    sleep: Pin<Box<Sleep>>,
    /// What it wakes.
    wakes: Option<Waker>,
}

impl Timer {
    /// Sets it, for the group at `here`. Without a time, it never fires.
    pub(crate) fn set(&mut self, at: Option<Instant>, what: &'static str, here: Here) {
        if at.is_some() {
            here.needs_runtime_for(|| what);
        }
        // Made when it is set: a group without timers runs on a runtime without a clock.
        self.0 = at.map(|at| Set { sleep: Box::pin(sleep_until(at)), wakes: None });
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// Returns `true` if the time has come; otherwise the task is woken when it has.
    #[inline]
    pub(crate) fn fired(&mut self, cx: &mut Context<'_>) -> bool {
        self.0.as_mut().is_some_and(|set| set.fired(cx))
    }
}

impl Set {
    #[inline(never)]
    fn fired(&mut self, cx: &mut Context<'_>) -> bool {
        // It wakes this task already, so all that counts is whether it has fired. A poll would register it again.
        if self.wakes.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) && !self.sleep.is_elapsed() {
            return false;
        }
        // Children may have used up the budget of this poll. A deadline is compared with the clock all the same (rule 9).
        let fired = unconstrained(cx, |cx| self.sleep.as_mut().poll(cx)).is_ready();
        self.wakes = (!fired).then(|| cx.waker().clone());
        fired
    }
}

#[derive(Default)]
pub(crate) struct Timers {
    /// The deadline of a group, once it has begun.
    pub(super) ends_at: Option<Instant>,
    pub(super) deadline: Timer,
    pub(super) grace: Timer,
    pub(super) drain: Timer,
}

impl Timers {
    #[inline]
    pub(super) fn are_set(&self) -> bool {
        self.deadline.is_set() || self.drain.is_set() || self.grace.is_set()
    }
}
