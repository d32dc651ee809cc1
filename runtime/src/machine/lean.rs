//! What a group with options does in a poll without a machine. Until something happens that an option is for, there is no more of
//! it: its core holds the options, and the timer of a deadline.

use std::task::{Context, Waker};

use tokio::time::Instant;

use crate::{
    context::{self, SavedContext, deadlines, promise::PromisedOptions},
    machine::{
        Machine,
        core::{Core, Phase},
        timers::DEADLINE,
    },
    observe,
};

// Cold, and no part of the poll that calls them: most groups have no options.
impl<E> Core<E> {
    /// Lets a group whose children and policy can do without a machine begin without one, if its options can.
    pub(crate) fn may_run_lean(&mut self) {
        // A limit that can be reached queues children; what is carried is read by code of the user, which may panic.
        if self.options.limit == usize::MAX && self.options.carry.is_empty() {
            self.phase = Phase::Lean;
        }
    }

    pub(super) fn is_lean(&self) -> bool {
        self.phase == Phase::Lean
    }

    /// Returns whether the group goes on without a machine in this poll. If it is the `first`, its deadline is fixed.
    #[cold]
    #[inline(never)]
    pub(crate) fn stays_lean(&mut self, first: bool) -> bool {
        // What a cancellation from outside, or a deadline in the past, does to a group with options is the machine's business
        // (rules 5 and 8).
        if !self.is_lean() || context::peek(|scope| scope.is_cancelled()).unwrap_or(false) {
            return false;
        }
        if !first {
            return true;
        }
        self.timers.ends_at = self.options.deadline_from(Instant::now);
        let Some(at) = self.timers.ends_at else { return true };
        self.here.needs_runtime_for(|| DEADLINE);
        at > Instant::now()
    }

    /// Returns what its options say to a destructor that asks, while the group is dropped.
    pub(crate) fn promised(&self) -> Option<Box<PromisedOptions>> {
        let (name, deadline) = (self.given_name(), self.timers.ends_at);
        (name.is_some() || deadline.is_some()).then(|| Box::new(PromisedOptions { name, deadline }))
    }

    /// Notes the deadline for the children that are about to be polled.
    #[cold]
    #[inline(never)]
    pub(crate) fn notes_deadline(&self, saved: &SavedContext) {
        if let (Some(at), None) = (self.timers.ends_at, &saved.frame) {
            deadlines::note(at);
        }
    }

    /// Ends a pass that left children pending: registers for what else may wake the group. Returns whether its deadline has passed.
    #[cold]
    #[inline(never)]
    pub(crate) fn times_out(&mut self, cx: &mut Context<'_>) -> bool {
        if context::is_inside() {
            self.watch_the_outer_token(cx);
            if self.pass.is_to_be_repeated() {
                // Cancelled from outside meanwhile: the next poll finds that.
                cx.waker().wake_by_ref();
            }
        }
        let Some(at) = self.timers.ends_at else { return false };
        // Only now: a group that is ready at once needs no timer.
        if !self.timers.deadline.is_set() {
            self.timers.deadline.set(Some(at), DEADLINE, self.here);
        }
        self.timers.deadline.fired(cx)
    }
}

impl<E> Machine<'_, E> {
    /// Gives a machine to a group with options that had none so far, before a poll: its `first`, or a later one.
    pub(crate) fn end_lean(&mut self, first: bool, watch: &mut observe::Group) {
        if first {
            self.core.phase = Phase::Fresh;
            return;
        }
        self.core.watch = std::mem::take(watch);
        self.take_over(self.shape.arms, None, &mut Context::from_waker(Waker::noop()));
    }
}
