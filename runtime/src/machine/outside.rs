//! A group that an enclosing one cancels (rule 5), and the children that do not listen.
//!
//! 1. Only a group that can return `Cancelled` closes. Any other has no way to report a slot without a value, so it goes on.
//! 2. A child is judged after its last poll, in which it may ask for its token for the first time, or be answered by a group
//!    inside it. One that does not listen would only use up the time in which the owner can answer.
//! 3. A group that returns `Cancelled` because of an enclosing one has been answered, and so has the child that awaits it.

use std::task::Context;

use tokio::time::Instant;

use crate::{
    context::{asking, orders::Order},
    machine::{
        Machine,
        cancelling::{Cancelling, Leaving},
        core::{Core, Phase},
        nodes::Step,
    },
    token::WaitCancelled,
};

impl<E> Machine<'_, E> {
    /// Polls every child once when an enclosing group is cancelled, if any of them looked at the token. That group may give
    /// this one a last poll only; many children need several, and until each has had its own, the last poll is not over.
    pub(super) fn poll_everyone_if_cancelled_from_outside(&mut self) {
        if self.core.outer_is_cancelled && !self.core.outer_is_seen {
            self.core.outer_is_seen = true;
            let is_listened = self.saved.frame.as_ref().is_some_and(|frame| frame.scope().is_listened());
            self.core.pass.set_everyone(is_listened || self.saved.asked);
        }
    }

    /// Stops beginning children once an enclosing group is cancelled, in a group that can return `Cancelled`.
    pub(super) fn close_if_cancelled_from_outside(&mut self, cx: &mut Context<'_>) {
        let core = &mut **self.core;
        if !core.outer_is_cancelled || !core.options.can_report_cancelled || core.stops_beginning {
            return;
        }
        core.stops_beginning = true;
        if !self.begin_own_grace() {
            self.core.leaving = Leaving::AfterLastPoll;
        }
        self.list_unfinished(cx);
        // A task that was spawned, but has not been polled yet, does not start its child.
        self.scope().orders.raise(Order::Close);
        self.drive(Step::Close, cx);
        self.core.pass.set_everyone(true);
    }

    /// Starts the group's own grace period, unless it runs already. Returns `false` if it has none.
    fn begin_own_grace(&mut self) -> bool {
        let core = &mut **self.core;
        if let (Some(grace), false) = (core.options.grace, core.in_grace) {
            core.in_grace = true;
            // `Duration::MAX` is beyond any clock: the timer is not set then, and never fires.
            core.timers.grace.set(Instant::now().checked_add(grace), "the grace period", core.here);
        }
        core.in_grace
    }

    /// Decides how long the children of a group that is being cancelled may react. `first`: no enclosing group was cancelled
    /// before.
    pub(super) fn how_long(&mut self, first: bool, failed: bool, finished: bool) -> Cancelling {
        // A winner ends the group while others still run: those keep the grace. What is queued then never begins.
        let finishes = finished && !self.core.counts.has_running();
        let has_grace = self.begin_own_grace();
        let scope = self.scope();
        let governed = (failed || finishes) && !first && scope.is_enclosed_by_its_canceller();
        // Rule 1: what a daemon that does not listen would do with the grace is not worth waiting for. Rule 5: what it would
        // do with that of the enclosing group, no more.
        let leaves_after = if has_grace { finishes } else { governed };
        if leaves_after {
            self.core.leaving = self.core.leaving.or_after_last_poll();
        }
        match (governed, has_grace) {
            (true, _) => Cancelling::Outer,
            (false, true) => Cancelling::Grace,
            (false, false) => Cancelling::LastPoll,
        }
    }

    /// Drops the children that do not listen, once all have had their last poll. Returns whether it did.
    #[inline]
    pub(super) fn leave(&mut self, cx: &mut Context<'_>) -> bool {
        let core = &**self.core;
        core.leaving == Leaving::AfterLastPoll && !core.pass.polls_everyone() && self.leave_now(cx)
    }

    #[cold]
    fn leave_now(&mut self, cx: &mut Context<'_>) -> bool {
        self.core.leaving = Leaving::Left;
        // Tasks are judged by their wrappers, each after a last poll of its own: the owner could not know when that was.
        self.scope().orders.raise(Order::Leave);
        self.drive(Step::Leave, cx);
        true
    }

    /// Hands on to the code that runs the group what it has to know: that tasks inside may listen, and that the group was
    /// answered.
    pub(super) fn hand_on(&self) {
        let tasks_look = self.saved.frame.as_ref().is_some_and(|frame| frame.scope().tasks_look());
        let is_answered =
            self.core.phase == Phase::Over && self.core.outer_is_cancelled && self.core.verdict.is_cancelled_only();
        if tasks_look || is_answered {
            asking::note_listens();
        } else {
            // A last poll of that code is of use: it lets this group react.
            asking::note_looks();
        }
    }

    /// All is over; the policy makes the result next.
    pub(super) fn end(&mut self) {
        self.core.phase = Phase::Over;
        self.core.watch.end();
        if let Some(frame) = &self.saved.frame {
            frame.scope().set_over();
        }
    }
}

impl<E> Core<E> {
    /// Registers the group with the enclosing token: it has to answer when that is cancelled, even if none of its children
    /// would be woken then.
    pub(super) fn watch_the_outer_token(&mut self, cx: &mut Context<'_>) {
        if !self.options.can_report_cancelled || self.stops_beginning {
            return;
        }
        if self.idle.is_none() {
            self.idle = asking::look_and_scope().map(|scope| {
                scope.listen();
                WaitCancelled::of(scope)
            });
        }
        if let Some(idle) = &mut self.idle {
            if idle.poll_uncounted(cx).is_ready() {
                self.idle = None;
                self.poll_again();
            }
        }
    }
}
