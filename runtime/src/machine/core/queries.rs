//! What a node asks of the core before it acts.

use crate::{
    context::{self, key::Key, orders::Order},
    machine::{
        cancelling::Leaving,
        core::{Core, Phase},
        outcome::Rule,
        verdict::Precedence,
    },
    probe,
};

impl<E> Core<E> {
    #[inline]
    pub(crate) fn rule(&self) -> Rule {
        self.verdict.rule()
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Draining)
    }

    /// Returns `true` if nothing came of a pass, and a running group has nothing to wait for but its children: all that would
    /// follow looks for what is excluded here.
    #[inline]
    pub(in crate::machine) fn only_waits(&self) -> bool {
        !self.verdict.has_any()
            && self.counts.has_unfinished()
            && self.request.is_none()
            && !self.timers.are_set()
            && self.leaving == Leaving::No
            && !self.stops_beginning
            && !self.options.can_report_cancelled
            && !self.pass.is_to_be_repeated()
    }

    /// Returns `true` if the group was cancelled from outside, and begins nothing of its own accord any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.stops_beginning
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.verdict.has_failed()
    }

    /// Returns the order to the children that have begun; closing the others is a step of its own.
    pub(crate) fn order(&self) -> Order {
        match (self.phase, self.ends_critical_sections) {
            // Closing and leaving are steps for children here; only wrappers elsewhere have them as orders.
            (Phase::Stopping, false) => Order::Stop,
            (Phase::Stopping, true) => Order::Kill,
            _ if self.leaving == Leaving::Left => Order::Leave,
            _ => Order::Run,
        }
    }

    /// Returns `true` if an inline child must end now, after a poll that did not end it. If there is an order, it was kept
    /// because it listens, or by a critical section, which may have ended in this poll (state 50).
    #[inline]
    pub(crate) fn must_end(&self, child: Key, listens: bool) -> bool {
        self.must_end_unless(listens, || self.is_held(child))
    }

    /// The same for a child that is not to be dropped while `is_held` returns `true`.
    #[inline]
    pub(crate) fn must_end_unless(&self, listens: bool, is_held: impl FnOnce() -> bool) -> bool {
        let order = self.order();
        order != Order::Run && order.ends_after_poll(listens, is_held())
    }

    /// Returns whether a static child, or a daemon, may begin now; takes room for a static child.
    #[inline]
    pub(crate) fn may_begin(&mut self, daemon: bool) -> bool {
        // Daemons take no room: they would hold it until all others are done.
        self.is_running() && !self.stops_beginning && (daemon || self.counts.static_begins())
    }

    /// Returns `true` if there is room for a child of a source.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.counts.has_room()
    }

    /// Counts a child that a source yielded.
    #[inline]
    pub(crate) fn child_begins(&mut self) {
        self.counts.child_begins();
    }

    /// Returns `true` if an inline child must not be dropped, because it is in a critical section.
    pub(crate) fn is_held(&self, child: Key) -> bool {
        // Queried of a cancelled group only: it has a scope then, so the nearest one is its own.
        !self.ends_critical_sections && context::peek(|scope| scope.is_shielding(child)).unwrap_or(false)
    }

    /// Returns `true` if the children that are due in this pass are only to be polled: none is under an order, and no other rule
    /// says which of them come first.
    pub(crate) fn only_polls(&self) -> bool {
        self.is_running() && self.leaving != Leaving::Left && !self.pass.polls_everyone() && !probe::reorders()
    }

    /// Returns `true` if some child may be in a critical section that keeps it from being dropped.
    pub(crate) fn holds_any(&self) -> bool {
        !self.ends_critical_sections && context::peek(|scope| scope.is_shielding_any()).unwrap_or(false)
    }

    /// Returns `true` if the outcome is decided, or all but decided. The rest of the pass is skipped then: no further child
    /// is polled before the cause is set and the token cancelled (rule 2).
    #[inline]
    pub(crate) fn is_decided(&self) -> bool {
        self.is_running() && self.has_decision()
    }

    /// The same of a group that is known to be running.
    #[inline]
    pub(crate) fn has_decision(&self) -> bool {
        self.verdict.has_any()
    }

    /// Notes that the owner has taken the end of this child, which ran elsewhere, and is about to report it.
    #[inline]
    pub(crate) fn takes(&mut self, child: Key) {
        // Without a guard, no child has begun elsewhere, and none can have noted a failure.
        self.takes_first = self.live.as_ref().is_some_and(|live| live.scope().take_first(child));
    }

    /// Returns `true` if the child that failed first, on a task or thread of its own, has not been reported.
    pub(in crate::machine) fn awaits_first(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.scope().awaits_first())
    }

    /// Returns how the failure that is reported now relates to that of the other children.
    pub(super) fn precedence(&mut self) -> Precedence {
        // Taken: it holds for the end that is reported now, and for no later one.
        match (std::mem::take(&mut self.takes_first), self.awaits_first()) {
            (true, _) => Precedence::First,
            (false, true) => Precedence::AfterAnother,
            (false, false) => Precedence::Unknown,
        }
    }

    /// Returns `true` if the token is cancelled, by the group itself or from outside.
    pub(super) fn is_cancelled(&self) -> bool {
        // Not a look of `asking.rs`: one of the machine must not make listeners of the children (rule 2).
        self.verdict.has_cause() || context::peek(|scope| scope.is_cancelled()).unwrap_or(false)
    }

    /// Returns `true` if every child is due in this pass, woken or not.
    pub(crate) fn polls_everyone(&self) -> bool {
        self.pass.polls_everyone()
    }

    /// See [`Pass::resumes_within`].
    pub(crate) fn resumes_within(&self, arm: usize) -> bool {
        self.pass.resumes_within(arm)
    }

    /// See [`Pass::yields_before`].
    #[inline]
    pub(crate) fn yields_before(&mut self, arm: usize) -> bool {
        self.pass.yields_before(arm)
    }

    /// See [`Pass::is_cut_short`].
    #[inline]
    pub(crate) fn is_cut_short(&self) -> bool {
        self.pass.is_cut_short()
    }

    /// See [`Pass::yields_within`].
    #[inline]
    pub(crate) fn yields_within(&mut self, arm: usize) -> bool {
        self.pass.yields_within(arm)
    }

    /// Returns `true` if the child that was just polled is to be polled again before its last poll is over, because a group
    /// inside it has more children than one poll of the task has budget for. Notes that for an arm `within` which other
    /// children may have had their poll.
    #[inline]
    pub(crate) fn puts_off(&mut self, arm: usize, within: bool) -> bool {
        // In any other pass the enclosing group decides: it finds the note when this group is left.
        let is_put_off = self.pass.polls_everyone() && context::turn::take_put_off();
        if is_put_off {
            self.pass.puts_off(arm, within);
        }
        is_put_off
    }

    /// See [`Pass::notes_budget`].
    #[inline]
    pub(crate) fn notes_budget(&mut self, arm: usize) {
        self.pass.notes_budget(arm);
    }

    /// Requests another poll of the group at once.
    pub(crate) fn poll_again(&mut self) {
        self.pass.poll_again();
    }

    pub(crate) fn options_go_first(&mut self) -> bool {
        self.pass.options_go_first()
    }

    pub(crate) fn options_go_last(&self) -> bool {
        self.pass.options_go_last()
    }

    /// See [`Pass::options_must_wait`].
    pub(crate) fn options_must_wait(&mut self) {
        self.pass.options_must_wait();
    }

    /// Requests another pass: something in this one concerns children that have been polled in it already.
    pub(crate) fn request_round(&mut self) {
        self.pass.request_round();
    }
}
