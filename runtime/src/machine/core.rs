//! The books of one group: where it stands, and what its children report.
//!
//! Each part has its own file and its own verbs: [`Options`] what was asked for, [`Counts`] how much is left,
//! [`Verdict`] what it comes to, [`Pass`] who is due, [`Timers`] the clocks.

use std::{
    ops::{Deref, DerefMut},
    panic::Location,
    sync::Arc,
    task::{Poll, Waker},
};

use crate::{
    context::{
        self,
        carry::{Carried, LocalSource},
        key::Key,
        orders::Order,
        scope::{LiveGuard, Scope},
    },
    error::{Cause, Panicked},
    machine::{
        counts::Counts,
        options::Options,
        outcome::{End, Ending, Outcome, Rule},
        pass::Pass,
        timers::Timers,
        verdict::{Origin, Verdict},
    },
    name::{LazyName, Name},
    observe::{self, Kind},
    token::WaitCancelled,
    unwind::{Payload, discard},
};

/// Where a group stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    Fresh,
    Running,
    /// The sources are closed, everything else goes on.
    Draining,
    /// The token is cancelled, nothing begins any more, what runs may react.
    Cancelled(Cancelling),
    /// What could be dropped has been; what is left stops by itself: tasks, threads, critical sections.
    Stopping,
    /// The group's own children have ended; what groups below left behind has not.
    Reaping,
    Over,
}

/// How long the children of a cancelled group may react.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cancelling {
    /// One more poll each.
    LastPoll,
    /// Until the timer fires.
    Grace,
    /// As long as the enclosing group allows that was cancelled first.
    Outer,
}

/// What the future of an option requested.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    /// `.cancel_on(…)`.
    Cancel,
    /// `.drain_on(…)`.
    Drain,
}

/// How the arm ended at which a group without a machine stopped.
pub(crate) type Resumed<E> = (usize, Result<E, Payload>);

/// Everything that a group of ready inline children never needs.
pub struct Core<E> {
    pub(super) options: Options<E>,
    location: &'static Location<'static>,

    pub(super) phase: Phase,
    /// The group was cancelled from outside and can say so: nothing begins any more. Not a phase, because a group that
    /// drains can be in it too, and goes on draining.
    pub(super) stops_beginning: bool,
    /// Whether an enclosing group is cancelled, as of this poll.
    pub(super) outer_is_cancelled: bool,
    /// The grace is over, or the owner is gone: critical sections end too.
    pub(super) ends_critical_sections: bool,

    pub(super) counts: Counts,
    pub(super) verdict: Verdict<E>,
    pub(super) pass: Pass,
    pub(super) timers: Timers,

    pub(super) request: Option<Request>,
    /// While only a source is waited for, a cancellation from outside has to wake the owner.
    pub(super) idle: Option<WaitCancelled>,
    pub(super) resumed: Option<Resumed<E>>,
    /// What spawned and blocking children carry along.
    pub(super) locals: Vec<Box<dyn LocalSource>>,
    /// What every child on another thread gets a clone of.
    pub(super) live: Option<Arc<LiveGuard>>,
    /// The body of a function, while it waits for room.
    room_waiter: Option<Waker>,
    /// What tracing and the tree show of it.
    pub(crate) watch: observe::Group,
}

/// The core as one pointer, which a function lends to its stages while it polls them.
pub struct CoreBox<E>(Option<Box<Core<E>>>);

impl<E> CoreBox<E> {
    /// Not made yet, or lent.
    pub(crate) const fn absent() -> Self {
        Self(None)
    }

    pub(crate) fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    #[inline]
    pub(crate) fn make(&mut self, rule: Rule, location: &'static Location<'static>) -> &mut Self {
        if self.0.is_none() {
            self.0 = Some(Core::new(rule, location));
        }
        self
    }

    pub(crate) fn lend(&mut self) -> Self {
        Self(self.0.take())
    }
}

impl<E> Deref for CoreBox<E> {
    type Target = Core<E>;

    #[inline(always)]
    fn deref(&self) -> &Core<E> {
        match &self.0 {
            Some(core) => core,
            None => is_elsewhere(),
        }
    }
}

impl<E> DerefMut for CoreBox<E> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Core<E> {
        match &mut self.0 {
            Some(core) => core,
            None => is_elsewhere(),
        }
    }
}

#[cold]
#[inline(never)]
fn is_elsewhere() -> ! {
    unreachable!("the core of a group is used where it has been lent to")
}

impl<E> Core<E> {
    fn new(rule: Rule, location: &'static Location<'static>) -> Box<Self> {
        Box::new(Self {
            options: Options { can_report_cancelled: rule != Rule::FailFast, ..Options::default() },
            location,
            phase: Phase::Fresh,
            stops_beginning: false,
            outer_is_cancelled: false,
            ends_critical_sections: false,
            counts: Counts::new(),
            verdict: Verdict::new(rule),
            pass: Pass::default(),
            timers: Timers::default(),
            request: None,
            idle: None,
            resumed: None,
            locals: Vec::new(),
            live: None,
            room_waiter: None,
            watch: observe::Group::default(),
        })
    }

    /// A policy governs the group: it has its own rule, and a place for a cancellation.
    pub(crate) fn govern(&mut self, rule: Rule) {
        self.verdict.govern(rule);
        self.options.can_report_cancelled = true;
    }

    pub(crate) fn options(&mut self) -> &mut Options<E> {
        &mut self.options
    }

    pub(crate) fn name(&self) -> Name {
        match &self.options.name {
            Some(name) => name.clone(),
            None => Name::from(format!("{}:{}", self.location.file(), self.location.line())),
        }
    }
}

// What a node asks before it acts.
impl<E> Core<E> {
    #[inline]
    pub(crate) fn rule(&self) -> Rule {
        self.verdict.rule()
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Draining)
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.phase == Phase::Stopping
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.verdict.has_failed()
    }

    /// What the machine wants of its children now, beyond the closing of those that have not begun.
    pub(crate) fn order(&self) -> Order {
        match (self.phase, self.ends_critical_sections) {
            (Phase::Stopping, false) => Order::Stop,
            (Phase::Stopping, true) => Order::Kill,
            _ => Order::Run,
        }
    }

    /// After a poll that did not end an inline child: must it end now?
    #[inline]
    pub(crate) fn must_end(&self, child: Key) -> bool {
        self.is_stopping() && self.order().ends(true, self.is_held(child), true)
    }

    /// May a static child, or a daemon, begin now?
    #[inline]
    pub(crate) fn may_begin(&mut self, daemon: bool) -> bool {
        self.is_running() && !self.stops_beginning && (daemon || self.counts.static_begins())
    }

    /// Is there room for a child of a source?
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.counts.has_room()
    }

    /// A source gave a child.
    #[inline]
    pub(crate) fn child_begins(&mut self) {
        self.counts.child_begins();
    }

    /// Must an inline child that is not done stay where it is, because it is in a critical section?
    pub(crate) fn is_held(&self, child: Key) -> bool {
        !self.ends_critical_sections && context::peek(|scope| scope.is_shielding(child)).unwrap_or(false)
    }

    /// Is there nothing more to be found out in this pass?
    #[inline]
    pub(crate) fn is_decided(&self) -> bool {
        self.is_running() && self.verdict.is_decided()
    }

    /// Has the token been cancelled, by the group itself or from outside?
    fn is_cancelled(&self) -> bool {
        self.verdict.has_cause() || context::peek(|scope| scope.is_cancelled()).unwrap_or(false)
    }

    /// Is every child due in this pass, woken or not?
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

    /// See [`Pass::yields_within`].
    #[inline]
    pub(crate) fn yields_within(&mut self, arm: usize) -> bool {
        self.pass.yields_within(arm)
    }

    /// Cuts the pass short, and continues at once.
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

    /// Something that happened in this pass concerns those that have been polled in it already.
    pub(crate) fn request_round(&mut self) {
        self.pass.request_round();
    }

    /// The guard for a child that is about to run elsewhere.
    pub(crate) fn guard_for_child(&mut self, kind: Kind, daemon: bool, who: LazyName) -> Arc<LiveGuard> {
        self.guard_for_statement(None, kind, daemon, who)
    }

    /// The same for a child that may have a scope of its `own`.
    pub(crate) fn guard_for_statement(
        &mut self,
        own: Option<&Arc<Scope>>,
        kind: Kind,
        daemon: bool,
        who: LazyName,
    ) -> Arc<LiveGuard> {
        let of_own = own.map(Scope::alive);
        let live = self.live.get_or_insert_with(|| match context::current() {
            Some(frame) => frame.scope().alive(),
            None => Scope::group(None, None).alive(),
        });
        let live = of_own.as_ref().unwrap_or(live);
        if self.locals.is_empty() && !observe::ON {
            return live.clone();
        }
        let watch = self.watch.child(kind, daemon, || who.name());
        live.carrying(Carried::new(self.locals.iter().map(|source| source.local()).collect(), watch))
    }
}

// What a node reports.
impl<E> Core<E> {
    pub(crate) fn request(&mut self, request: Request) {
        // A cancellation outranks a drain.
        if self.request.is_none() || request == Request::Cancel {
            self.request = Some(request);
        }
    }

    /// An ordinary child that had room ended.
    #[inline]
    pub(crate) fn ended<T>(&mut self, who: LazyName, end: End<Result<T, E>>) -> Outcome<T, E> {
        self.counts.child_ends();
        match end {
            End::Returned(Ok(value)) if self.rule() != Rule::Race => Outcome::Done(value),
            end => self.ended_otherwise(who, false, end),
        }
    }

    /// An ordinary child will never begin: it had no room that it could give back. Its destructor may have panicked,
    /// which a policy that keeps panics in their slots keeps too.
    pub(crate) fn never_begins<T>(&mut self, who: LazyName, dropped: Result<(), Payload>) -> Outcome<T, E> {
        self.counts.roomless_ends();
        self.verdict.misses();
        match dropped {
            Ok(()) => Outcome::NeverStarted,
            Err(payload) => self.panicked(Panicked::new(who.name(), payload), Origin::Slot),
        }
    }

    pub(crate) fn daemon_ended(&mut self, who: LazyName, end: End<Result<(), E>>) {
        self.counts.daemon_ends();
        self.ended_otherwise(who, true, end);
    }

    #[cold]
    #[inline(never)]
    fn ended_otherwise<T>(&mut self, who: LazyName, daemon: bool, end: End<Result<T, E>>) -> Outcome<T, E> {
        let outcome = match end {
            End::Returned(Ok(value)) => {
                if daemon || self.rule() != Rule::Race {
                    return Outcome::Done(value);
                }
                match self.verdict.wins(value) {
                    Ok(value) => return Outcome::Done(value),
                    Err(value) => discard(value),
                }
                Outcome::Cancelled { late: None }
            }
            End::Returned(Err(error)) => self.failed(who.name(), daemon, error),
            End::Panicked(payload) => {
                let origin = if daemon { Origin::Daemon } else { Origin::Slot };
                self.panicked(Panicked::new(who.name(), payload), origin)
            }
            End::Stopped => Outcome::Cancelled { late: None },
            End::NeverStarted => Outcome::NeverStarted,
            End::Lost => self.lost_with_runtime(who.name()),
        };
        if !daemon {
            self.verdict.misses();
        }
        outcome
    }

    /// The body of a function begins: it is waited for, and takes no room.
    pub(crate) fn body_begins(&mut self) {
        self.counts.body_begins();
    }

    pub(crate) fn body_ended(&mut self, function: &'static str, end: End<Result<(), E>>) {
        self.counts.roomless_ends();
        let name = Name::literal(function);
        match end {
            End::Returned(Ok(())) => return,
            End::Returned(Err(error)) => discard(self.failed::<()>(name, false, error)),
            End::Panicked(payload) => self.slotless_panic(name, payload),
            End::Stopped | End::NeverStarted | End::Lost => {}
        }
        self.verdict.misses();
    }

    /// Waits for room for a child statement. The waker that is not needed any more comes back.
    pub(crate) fn poll_room(&mut self, waker: Waker) -> (Poll<()>, Option<Waker>) {
        if self.counts.room() > 0 || self.refuses_statements(false) {
            return (Poll::Ready(()), self.room_waiter.take());
        }
        (Poll::Pending, self.room_waiter.replace(waker))
    }

    /// After children have ended: wakes the body if it waits for room.
    pub(crate) fn wake_for_room(&mut self) {
        if self.counts.room() == 0 && !self.refuses_statements(false) {
            return;
        }
        if let Some(waker) = self.room_waiter.take() {
            self.request_round();
            waker.wake();
        }
    }

    /// Whether the child of a child statement never starts: once the group is cancelled by itself, nothing begins any more
    /// (G5). Cancelled from outside, only what queues for room does not (rule 5).
    pub(crate) fn refuses_statements(&self, daemon: bool) -> bool {
        !self.is_running() || (!daemon && self.stops_beginning && self.options.limit < usize::MAX)
    }

    /// A child statement starts a child.
    pub(crate) fn statement_begins(&mut self, daemon: bool) {
        if daemon {
            self.counts.daemon_begins();
        } else {
            self.counts.child_begins();
            self.note_room();
        }
    }

    /// A child statement whose child never starts.
    pub(crate) fn statement_refused(&mut self, daemon: bool) {
        if !daemon {
            self.verdict.misses();
        }
    }

    /// The child of a child statement ended, `by_owner` if its handle cancelled it.
    pub(crate) fn statement_ended<T>(
        &mut self,
        who: LazyName,
        end: End<Result<T, E>>,
        by_owner: bool,
    ) -> Outcome<T, E> {
        self.counts.child_ends();
        self.note_room();
        match end {
            End::Returned(Ok(value)) => Outcome::Done(value),
            // A child stopped by its owner is no failure.
            End::Returned(Err(error)) if by_owner => self.verdict.late(who.name(), error),
            End::Stopped | End::NeverStarted if by_owner => Outcome::Cancelled { late: None },
            end => self.ended_otherwise(who, false, end),
        }
    }

    /// For `has_room()`, which the body may call.
    fn note_room(&self) {
        if self.options.limit < usize::MAX {
            if let Some(frame) = context::current() {
                frame.scope().set_full(self.counts.room() == 0);
            }
        }
    }

    /// The runtime was shut down in the middle: there is nothing to wait for any more.
    fn lost_with_runtime<T>(&mut self, child: Name) -> Outcome<T, E> {
        let group = self.name();
        let text =
            format!("the tokio runtime was shut down while the group `{group}` was waiting for its child `{child}`");
        self.panicked(Panicked::new(child, Box::new(text)), Origin::Other)
    }

    fn failed<T>(&mut self, child: Name, daemon: bool, error: E) -> Outcome<T, E> {
        let cancelled = self.is_cancelled();
        self.verdict.failed(child, daemon, error, cancelled, &self.watch)
    }

    fn panicked<T>(&mut self, panicked: Panicked, origin: Origin) -> Outcome<T, E> {
        self.verdict.panicked(panicked, origin, &self.options, &self.watch)
    }

    /// A panic of something that has no slot: an option, a source that is closed, a destructor.
    pub(crate) fn slotless_panic(&mut self, name: Name, payload: Payload) {
        discard(self.panicked::<()>(Panicked::new(name, payload), Origin::Other));
    }

    /// A source panicked, or the body of its `for`: the outcome of the item that it was about to give.
    pub(crate) fn source_panicked<T>(&mut self, who: LazyName, payload: Payload) -> Outcome<T, E> {
        self.verdict.misses();
        self.panicked(Panicked::new(who.name(), payload), Origin::Slot)
    }

    /// A source gives nothing more. `cut_short`: not all that it could have given was taken.
    pub(crate) fn source_ended(&mut self, cut_short: bool) {
        self.counts.roomless_ends();
        if cut_short {
            self.verdict.misses();
        }
    }

    /// An arm of a group that had no machine so far. If it is the one at which the group stopped: how it ended.
    pub(crate) fn resume(&mut self, arm: usize, has_begun: bool) -> Option<Result<E, Payload>> {
        let ended = self.resumed.take_if(|(at, _)| *at == arm).map(|(_, ended)| ended);
        self.counts.resume(has_begun || ended.is_some());
        ended
    }

    /// The same for an arm that had delivered: its destructor may have panicked after that, and it counts again.
    pub(crate) fn resume_delivered(&mut self, arm: usize) -> Option<Payload> {
        let payload = self.resumed.take_if(|(at, _)| *at == arm)?.1.err()?;
        self.counts.resume(true);
        Some(payload)
    }

    /// See [`Verdict::gather`].
    pub(crate) fn gather<T>(&mut self, who: LazyName, slot: &mut Outcome<T, E>) {
        self.verdict.gather(|| who.name(), slot);
    }

    pub(crate) fn take_late(&mut self) -> Vec<(Name, E)> {
        self.verdict.take_late()
    }
}

// At the end.
impl<E> Core<E> {
    pub(crate) fn take_panic(&mut self) -> Option<Payload> {
        self.verdict.take_panic()
    }

    pub(crate) fn ending(&mut self) -> Ending<E> {
        self.verdict.ending(&self.options)
    }

    /// Records why the token is cancelled, if the group did not cancel it itself.
    pub(super) fn note_outer_cause(&mut self, cause: impl FnOnce() -> Option<Cause>) {
        self.verdict.set_outer_cause(cause);
    }
}
