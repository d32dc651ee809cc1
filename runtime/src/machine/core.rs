//! The state of one group: its phase, and what its children report.
//!
//! Each part has its own file and its own verbs: [`Options`] holds what was set before the start, [`Counts`] how much is
//! left, [`Verdict`] the outcome so far, [`Pass`] which children are due, [`Timers`] the deadlines. This file joins them:
//! a node queries it before it acts, in `core/queries.rs`, and reports to it afterwards, in `core/reports.rs`; the machine reads
//! the rest.

mod queries;
mod reports;
mod turns;
mod values;

use std::{sync::Arc, task::Waker};

use crate::{
    context::{
        self,
        carry::{Carried, LocalSource},
        child_guard::ChildGuard,
        live_guard::LiveGuard,
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
        verdict::Verdict,
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

// What a child that is about to run on a task or thread of its own is given.
impl<E> Core<E> {
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
