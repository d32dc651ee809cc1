//! The state of one group: its phase, and what its children report.
//!
//! Each part has its own file and its own verbs: [`Options`] holds what was set before the start, [`Counts`] how much is
//! left, [`Verdict`] the outcome so far, [`Pass`] which children are due, [`Timers`] the deadlines. This file joins them:
//! a node queries it before it acts, and reports to it afterwards, in `core/reports.rs`; the machine reads the rest.

mod reports;
mod turns;
mod values;

use std::{sync::Arc, task::Waker};

use crate::{
    context::{
        self,
        carry::{Carried, LocalSource},
        child_guard::ChildGuard,
        key::Key,
        live_guard::LiveGuard,
        orders::Order,
        scope::Scope,
    },
    error::{Cause, Unfinished},
    machine::{
        arm_notes::ArmNotes,
        arrivals::Arrivals,
        cancelling::{Cancelling, Leaving},
        counts::Counts,
        given_names::GivenNames,
        options::Options,
        outcome::{Ending, Policy, Rule},
        pass::Pass,
        timers::Timers,
        verdict::{Precedence, Verdict},
    },
    name::{Label, LazyName, Name},
    observe::{self, Kind},
    probe,
    runtime::Here,
    token::WaitCancelled,
    unwind::Payload,
};

/// The phase of a group: the states of `states.md`, except *closed*, which is [`Core::stops_beginning`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    Fresh,
    /// It has options, and runs without a machine so far.
    Lean,
    Running,
    /// The sources are closed, everything else goes on.
    Draining,
    /// The token is cancelled, nothing begins any more, and the running children may react.
    Cancelled(Cancelling),
    /// What could be dropped has been; what is left stops by itself: tasks, threads, critical sections.
    Stopping,
    /// The group's own children have ended; what groups below left behind has not.
    Reaping,
    Over,
}

/// The request of an option whose future has resolved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    /// By `.cancel_on(…)`.
    Cancel,
    /// By `.drain_on(…)`.
    Drain,
}

/// The arm at which a pass without a machine stopped, and how it ended.
pub(crate) type Resumed<E> = (usize, Result<E, Payload>);

/// The state of a group, as far as a group of ready inline children does not need it.
pub struct Core<E> {
    pub(super) options: Options<E>,
    pub(crate) here: Here,

    pub(super) phase: Phase,
    /// Whether nothing begins any more, because the group was cancelled from outside and can return `Cancelled`. Not a
    /// phase: a group that drains can be in it too, and goes on draining.
    pub(super) stops_beginning: bool,
    pub(super) leaving: Leaving,
    /// Whether the group's own grace period has begun.
    pub(super) in_grace: bool,
    /// Whether an enclosing group is cancelled, as of this poll.
    pub(super) outer_is_cancelled: bool,
    /// Whether the children have had, or are having, a poll each since then.
    pub(super) outer_is_seen: bool,
    /// Whether critical sections end too: the grace period has expired, or the owner drops the group.
    pub(super) ends_critical_sections: bool,

    pub(super) counts: Counts,
    pub(super) verdict: Verdict<E>,
    /// Whether the end that is about to be reported is that of the child that failed first.
    takes_first: bool,
    pub(super) pass: Pass,
    /// The inline children that are written out.
    pub(crate) inline: ArmNotes,
    pub(super) timers: Timers,

    pub(super) request: Option<Request>,
    /// Wakes the owner at a cancellation from outside, while the group waits for nothing but a source.
    pub(super) idle: Option<WaitCancelled>,
    pub(super) resumed: Option<Resumed<E>>,
    /// The children that had not ended when the group was cancelled.
    pub(super) unfinished: Option<Unfinished>,
    /// The `task_local!` values that spawned and blocking children carry.
    pub(super) locals: Vec<Box<dyn LocalSource>>,
    /// The guard of which every child on a task or thread of its own holds a clone.
    pub(super) live: Option<Arc<LiveGuard>>,
    /// The values that have come and have not been handed out (`machine/arrivals.rs`).
    pub(super) arrivals: Arrivals,
    /// The waker of a function's body, while it waits for room.
    room_waiter: Option<Waker>,
    given_names: GivenNames,
    turns: probe::Group,
    /// The group as tracing and the tree show it.
    pub(crate) watch: observe::Group,
}

impl<E> Core<E> {
    pub(super) fn new(rule: Rule, here: Here) -> Box<Self> {
        Box::new(Self {
            options: Options::default(),
            here,
            phase: Phase::Fresh,
            stops_beginning: false,
            leaving: Leaving::No,
            in_grace: false,
            outer_is_cancelled: false,
            outer_is_seen: false,
            ends_critical_sections: false,
            counts: Counts::new(),
            verdict: Verdict::new(rule),
            takes_first: false,
            pass: Pass::default(),
            inline: ArmNotes::default(),
            timers: Timers::default(),
            request: None,
            idle: None,
            resumed: None,
            unfinished: None,
            locals: Vec::new(),
            live: None,
            arrivals: Arrivals::default(),
            room_waiter: None,
            given_names: GivenNames::default(),
            turns: probe::Group::new(),
            watch: observe::Group::default(),
        })
    }

    /// Applies the rule of a policy. Most have a place for a cancellation in their output, and need no conversion.
    pub(crate) fn govern<P: Policy>(&mut self) {
        self.verdict.govern(P::RULE);
        self.options.can_report_cancelled |= P::REPORTS_CANCELLED;
        self.options.lists_unfinished = P::LISTS_UNFINISHED;
    }

    pub(crate) fn options(&mut self) -> &mut Options<E> {
        &mut self.options
    }

    /// Names a child that is about to begin otherwise than by its arm.
    #[cold]
    pub(crate) fn give_name(&mut self, child: LazyName, name: Name) {
        self.given_names.give(child, name);
    }

    /// Returns the entry of a child that runs on the owner's task.
    pub(crate) fn watch_inline(&self, daemon: bool, who: LazyName) -> observe::Child {
        self.watch.child(Kind::Inline, daemon, who, || self.given_names.given(who))
    }

    /// Returns the name that the user gave it.
    pub(crate) fn given_name(&self) -> Option<Name> {
        self.options.name.clone()
    }

    pub(crate) fn name(&self) -> Name {
        match self.given_name() {
            Some(name) => name,
            // Made when it is needed: most groups end without having been named anywhere.
            None => Name::of_place(self.here.location()),
        }
    }
}

// Queries of a node before it acts.
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
    pub(super) fn only_waits(&self) -> bool {
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
    pub(super) fn awaits_first(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.scope().awaits_first())
    }

    /// Returns how the failure that is reported now relates to that of the other children.
    fn precedence(&mut self) -> Precedence {
        // Taken: it holds for the end that is reported now, and for no later one.
        match (std::mem::take(&mut self.takes_first), self.awaits_first()) {
            (true, _) => Precedence::First,
            (false, true) => Precedence::AfterAnother,
            (false, false) => Precedence::Unknown,
        }
    }

    /// Returns `true` if the token is cancelled, by the group itself or from outside.
    fn is_cancelled(&self) -> bool {
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

    /// Returns the guard for a child that is about to run on a task or thread of its own.
    pub(crate) fn guard_for_child(&mut self, kind: Kind, daemon: bool, who: LazyName) -> ChildGuard {
        self.guard_for_statement(None, kind, daemon, who)
    }

    /// Returns the guard for an item of a `for`, whose entries in the tree are taken several at a time.
    pub(crate) fn guard_for_item(
        &mut self,
        kind: Kind,
        name: Label,
        item: usize,
        entries: &mut observe::Items,
    ) -> ChildGuard {
        let who = LazyName::item(name, item);
        let live = self.live_for_child(None, kind, who);
        ChildGuard { watch: self.watch.item(entries, kind, name, item, || self.given_names.given(who)), live }
    }

    /// Returns the guard for the child of a statement, which may have a scope of its `own`.
    pub(crate) fn guard_for_statement(
        &mut self,
        own: Option<&Arc<Scope>>,
        kind: Kind,
        daemon: bool,
        who: LazyName,
    ) -> ChildGuard {
        let live = self.live_for_child(own, kind, who);
        ChildGuard { watch: self.watch.child(kind, daemon, who, || self.given_names.given(who)), live }
    }

    /// Returns what keeps the group waiting for a child that is about to run on a task or thread of its own.
    #[inline(always)]
    fn live_for_child(&mut self, own: Option<&Arc<Scope>>, kind: Kind, who: LazyName) -> Arc<LiveGuard> {
        self.turns.announces(who, self.here);
        if self.live.is_none() {
            self.here.needs_runtime_for(|| format!("the {} child `{}`", kind.as_str(), who.name()));
        }
        let of_own = own.map(LiveGuard::of);
        // Also for a child with a scope of its own: its failure is noted in the group's, and read through this guard.
        let live = self.live.get_or_insert_with(|| match context::current() {
            Some(frame) => LiveGuard::of(frame.scope()),
            // The thread is ending, and its thread-locals are gone: the child gets a scope of its own.
            None => LiveGuard::of(&Scope::group(None, None)),
        });
        let live = of_own.as_ref().unwrap_or(live);
        // A guard of its own costs an allocation, so a child that carries nothing shares that of the group.
        if self.locals.is_empty() {
            live.clone()
        } else {
            LiveGuard::carrying(Carried::new(self.locals.iter().map(|source| source.local()).collect()), live.clone())
        }
    }
}

impl<E> Core<E> {
    pub(crate) fn take_panic(&mut self) -> Option<Payload> {
        self.verdict.take_panic()
    }

    pub(crate) fn ending(&mut self) -> Ending<E> {
        let unfinished = self.unfinished.take().filter(|unfinished| unfinished.count() > 0);
        self.verdict.ending(&self.options, unfinished.map(Arc::new))
    }

    /// Records the cause of a cancellation that did not come from the group itself.
    pub(super) fn note_outer_cause(&mut self, cause: impl FnOnce() -> Option<Cause>) {
        self.verdict.set_outer_cause(cause);
    }
}
