//! What a machine knows: what was asked for, what its children reported, and how much of it is left to do.
//!
//! 1. `open` counts the ordinary children that have not ended, those that wait for room included, and the sources that
//!    may give more; `daemons` counts the daemons that have not ended. Nothing is over while either is not zero.
//! 2. `waiting` static children have not begun; a source is asked only while `room` exceeds it.
//! 3. `fatal` is set once by the rule of the group; only a panic replaces an error that came before it.

use std::{panic::Location, pin::Pin, sync::Arc, time::Duration};

use tokio::{
    task::coop,
    time::{Instant, Sleep},
};

use crate::{
    context::{
        self,
        carry::{Carried, LocalSource},
        key::Key,
        scope::{LiveGuard, Scope},
    },
    error::{Cancelled, Cause, Failure, Panicked},
    machine::outcome::{End, Ending, Fatal, Outcome, Rule},
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
    Cancelled(Mercy),
    /// What could be dropped has been; what is left stops by itself: tasks, threads, critical sections.
    Stopping,
    /// The group's own children have ended; what groups below left behind has not.
    Reaping,
    Over,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mercy {
    /// One more poll for everybody.
    LastPoll,
    /// Until the timer fires.
    Grace,
    /// As long as the group that was cancelled allows: it is not this one.
    Around,
}
/// What an option's future asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    /// `.cancel_on(…)`.
    Cancel,
    /// `.drain_on(…)`.
    Drain,
}
/// Everything that a group of ready inline children never needs.
pub struct Core<E> {
    pub(super) options: Options<E>,
    pub(crate) rule: Rule,
    pub(super) location: &'static Location<'static>,

    pub(super) phase: Phase,
    pub(crate) open: usize,
    pub(crate) daemons: usize,
    pub(crate) waiting: usize,
    pub(crate) room: usize,
    /// Slots without a value.
    pub(super) lost: usize,
    /// The group was cancelled from around, so what queues stays where it is.
    pub(super) closed: bool,
    pub(super) around: bool,
    pub(super) kill: bool,
    pub(super) winner: bool,
    pub(super) fatal: Option<Fatal<E>>,
    /// The group cancelled its own token because it had what it wanted.
    pub(super) finished: bool,
    pub(super) cause: Option<Cause>,
    pub(super) late: Vec<(Name, E)>,
    pub(super) request: Option<Request>,
    pub(super) timer: Option<Pin<Box<Sleep>>>,
    pub(super) grace_timer: Option<Pin<Box<Sleep>>>,
    pub(super) drain_timer: Option<Pin<Box<Sleep>>>,
    pub(super) idle: Option<WaitCancelled>,
    pub(super) sources: Vec<Box<dyn LocalSource>>,
    /// What every spawned child gets a clone of.
    pub(super) alive: Option<Arc<LiveGuard>>,
    /// The first cause was a failure of the group's own.
    pub(super) failed_by_itself: bool,
    /// A pass was cut short: there is more to do at once.
    pub(super) again: bool,
    /// Poll everybody once, woken or not, and with some budget left for each.
    pub(super) force: bool,
    /// The arm at which that goes on in the next poll, because the budget of this one was used up.
    pub(super) put_off: Option<usize>,
    pub(super) goes_on: Option<usize>,
    /// How the arm ended at which a group without a machine stopped.
    pub(crate) resumed: Option<(usize, Result<E, Payload>)>,
    /// The failures of a policy that wants them all.
    pub(crate) failures: Vec<(Name, Failure<E>)>,
    /// The arm that is polled first: it moves when one arm used up the whole budget. The sources count as one more.
    pub(super) first_arm: usize,
    /// The source that is asked first.
    pub(super) first_source: usize,
    /// What a person who watches sees of it.
    pub(crate) watch: observe::Group,
}

/// What was asked for, before the start.
pub(super) struct Options<E> {
    pub(super) limit: usize,
    pub(super) timeout: Option<Duration>,
    pub(super) deadline: Option<Instant>,
    pub(super) drain_timeout: Option<Duration>,
    pub(super) grace: Option<Duration>,
    pub(super) cancelled: Option<fn(Cancelled) -> E>,
    pub(super) catches: bool,
    pub(super) panicked: Option<fn(Panicked) -> E>,
    /// Can the group return `Cancelled` at all?
    pub(super) says_so: bool,
    pub(super) name: Option<Name>,
    pub(super) carry: Vec<ReadKey>,
}

pub(crate) type ReadKey = Box<dyn FnOnce() -> Option<Box<dyn LocalSource>> + Send>;

pub(super) fn nearer<T: Ord>(a: Option<T>, b: T) -> Option<T> {
    Some(match a {
        Some(a) => a.min(b),
        None => b,
    })
}

// The options. Each is set before the start: the methods of `Group` consume it.
impl<E> Core<E> {
    pub(crate) fn new(rule: Rule, location: &'static Location<'static>) -> Box<Self> {
        Box::new(Self {
            options: Options {
                limit: usize::MAX,
                timeout: None,
                deadline: None,
                drain_timeout: None,
                grace: None,
                cancelled: None,
                catches: false,
                panicked: None,
                says_so: rule != Rule::FailFast,
                name: None,
                carry: Vec::new(),
            },
            rule,
            location,
            phase: Phase::Fresh,
            open: 0,
            daemons: 0,
            waiting: 0,
            room: usize::MAX,
            lost: 0,
            closed: false,
            around: false,
            kill: false,
            winner: false,
            fatal: None,
            finished: false,
            cause: None,
            late: Vec::new(),
            request: None,
            timer: None,
            grace_timer: None,
            drain_timer: None,
            idle: None,
            sources: Vec::new(),
            alive: None,
            failed_by_itself: false,
            again: false,
            force: false,
            put_off: None,
            goes_on: None,
            resumed: None,
            failures: Vec::new(),
            first_arm: 0,
            first_source: 0,
            watch: observe::Group::default(),
        })
    }

    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.options.limit = limit;
    }
    pub(crate) fn set_timeout(&mut self, timeout: Duration) {
        self.options.timeout = nearer(self.options.timeout, timeout);
    }
    pub(crate) fn set_deadline(&mut self, deadline: Instant) {
        self.options.deadline = nearer(self.options.deadline, deadline);
    }
    pub(crate) fn set_drain_timeout(&mut self, timeout: Duration) {
        self.options.drain_timeout = nearer(self.options.drain_timeout, timeout);
    }
    pub(crate) fn set_grace(&mut self, grace: Duration) {
        self.options.grace = Some(grace);
    }
    pub(crate) fn set_cancelled(&mut self, convert: Option<fn(Cancelled) -> E>) {
        self.options.cancelled = self.options.cancelled.or(convert);
        self.options.says_so = true;
    }
    pub(crate) fn set_panicked(&mut self, convert: Option<fn(Panicked) -> E>) {
        self.options.catches = true;
        self.options.panicked = convert;
    }
    pub(crate) fn set_name(&mut self, name: Name) {
        self.options.name = Some(name);
    }
    pub(crate) fn add_carry(&mut self, read: ReadKey) {
        self.options.carry.push(read);
    }
    pub(crate) fn set_says_so(&mut self) {
        self.options.says_so = true;
    }
    pub(crate) fn set_rule(&mut self, rule: Rule) {
        self.rule = rule;
    }
}

// What children report.
impl<E> Core<E> {
    pub(crate) fn name(&self) -> Name {
        match &self.options.name {
            Some(name) => name.clone(),
            None => place_name(self.location),
        }
    }

    /// May a static child, or a daemon, begin now?
    #[inline]
    pub(crate) fn may_begin(&mut self, daemon: bool) -> bool {
        if !self.is_running() || self.closed {
            return false;
        }
        if daemon {
            return true;
        }
        if self.room == 0 {
            return false;
        }
        self.room -= 1;
        self.waiting -= 1;
        true
    }

    /// Is there room for a child of a source?
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.room > self.waiting
    }

    /// A source gave a child.
    #[inline]
    pub(crate) fn begins(&mut self) {
        self.room -= 1;
        self.open += 1;
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Draining)
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.phase == Phase::Stopping
    }

    pub(crate) fn is_forced(&self) -> bool {
        self.force
    }

    /// Is this the arm at which a poll that is due to everybody goes on?
    pub(crate) fn goes_on_at(&self, arm: usize) -> bool {
        self.goes_on == Some(arm)
    }

    /// Is the budget used up before everybody had the poll that is due to all? Then it goes on with this arm.
    #[inline]
    pub(crate) fn puts_off(&mut self, arm: usize) -> bool {
        if self.force && self.put_off.is_none() && !coop::has_budget_remaining() {
            self.put_off = Some(arm);
        }
        self.put_off.is_some()
    }

    /// Must an inline child that is not done stay where it is, because it is in a critical section?
    pub(crate) fn is_held(&self, child: Key) -> bool {
        !self.kill && context::peek(|scope| scope.is_shielding(child)).unwrap_or(false)
    }

    /// Nothing more is to be found out in this pass.
    #[inline]
    pub(crate) fn is_decided(&self) -> bool {
        self.is_running() && (self.fatal.is_some() || self.winner)
    }

    /// Cut the pass short, but come back at once.
    pub(crate) fn come_back(&mut self) {
        self.again = true;
    }

    pub(crate) fn request(&mut self, request: Request) {
        if self.request.is_none() || request == Request::Cancel {
            self.request = Some(request);
        }
    }

    /// Has the token been cancelled, by the group itself or from around?
    fn is_cancelled(&self) -> bool {
        self.cause.is_some() || context::peek(|scope| scope.is_cancelled()).unwrap_or(false)
    }

    /// An ordinary child that had room ended.
    #[inline]
    pub(crate) fn ended<T>(&mut self, who: LazyName, end: End<Result<T, E>>) -> Outcome<T, E> {
        self.open -= 1;
        self.room = self.room.saturating_add(1);
        match end {
            End::Returned(Ok(value)) if self.rule != Rule::Race => Outcome::Done(value),
            end => self.ended_otherwise(who, false, end),
        }
    }

    /// An ordinary child ended, or will never begin, without having had room.
    pub(crate) fn never_begins<T>(&mut self) -> Outcome<T, E> {
        self.open -= 1;
        self.lost += 1;
        Outcome::NeverStarted
    }

    pub(crate) fn daemon_ended(&mut self, who: LazyName, end: End<Result<(), E>>) {
        self.daemons -= 1;
        self.ended_otherwise(who, true, end);
    }

    #[cold]
    #[inline(never)]
    fn ended_otherwise<T>(&mut self, who: LazyName, daemon: bool, end: End<Result<T, E>>) -> Outcome<T, E> {
        let outcome = match end {
            End::Returned(Ok(value)) => {
                if daemon || self.rule != Rule::Race {
                    return Outcome::Done(value);
                }
                if !self.winner && self.fatal.is_none() {
                    self.winner = true;
                    return Outcome::Done(value);
                }
                discard(value);
                Outcome::Cancelled { late: None }
            }
            End::Returned(Err(error)) => self.failed(who.name(), daemon, error),
            End::Panicked(payload) => self.panicked(who.name(), daemon, payload),
            End::Stopped => Outcome::Cancelled { late: None },
            End::NeverStarted => Outcome::NeverStarted,
            End::Lost => self.lost_with_runtime(who.name()),
        };
        if !daemon {
            self.lost += 1;
        }
        outcome
    }

    /// The runtime was shut down in the middle: there is nothing to wait for any more.
    pub(crate) fn lost_with_runtime<T>(&mut self, child: Name) -> Outcome<T, E> {
        let group = self.name();
        let text =
            format!("the tokio runtime was shut down while the group `{group}` was waiting for its child `{child}`");
        self.panicked(child, true, Box::new(text))
    }

    pub(crate) fn failed<T>(&mut self, child: Name, daemon: bool, error: E) -> Outcome<T, E> {
        let nothing = Outcome::Cancelled { late: None };
        if self.fatal.is_some() || self.winner || (daemon && self.is_cancelled()) {
            self.late.push((child, error));
            return nothing;
        }
        match (self.rule, daemon) {
            (Rule::FailFast, _) | (Rule::Race, true) => {
                self.watch.failed(&child);
                self.fatal = Some(Fatal::Failed(child, error));
                nothing
            }
            (Rule::Settle, true) => {
                self.late.push((child, error));
                nothing
            }
            (Rule::Settle | Rule::Race, false) if self.is_cancelled() => Outcome::Cancelled { late: Some(error) },
            (Rule::Settle | Rule::Race, false) => {
                self.watch.failed(&child);
                Outcome::Failed(error)
            }
        }
    }

    pub(crate) fn panicked<T>(&mut self, child: Name, outside_slots: bool, payload: Payload) -> Outcome<T, E> {
        let panicked = Panicked::new(child, payload);
        if self.rule == Rule::Settle && !outside_slots {
            self.watch.panicked(&panicked);
            return Outcome::Panicked(panicked);
        }
        let catches = self.options.catches;
        match &self.fatal {
            // The first failure, or the winner, stands where panics are caught.
            Some(_) if catches => self.late_panic(panicked),
            None if catches && self.winner => self.late_panic(panicked),
            None => {
                self.watch.panicked(&panicked);
                self.fatal = Some(Fatal::Panicked(panicked));
            }
            // Elsewhere a panic outranks an error, and the first panic the others.
            Some(Fatal::Failed(..)) => {
                self.watch.panicked(&panicked);
                if let Some(Fatal::Failed(child, error)) = self.fatal.replace(Fatal::Panicked(panicked)) {
                    self.late.push((child, error));
                }
            }
            Some(Fatal::Panicked(_)) => self.late_panic(panicked),
        }
        Outcome::Cancelled { late: None }
    }

    /// A panic that is not the outcome: told as an error, where it can be one.
    fn late_panic(&mut self, panicked: Panicked) {
        match self.options.panicked {
            Some(convert) => self.late.push((panicked.child().clone(), convert(panicked))),
            None => {
                self.watch.late_panic(&panicked);
                discard(panicked);
            }
        }
    }

    /// A source panicked, or the body of its `for`.
    pub(crate) fn source_panicked<T>(&mut self, who: LazyName, payload: Payload) -> Outcome<T, E> {
        self.lost += 1;
        self.panicked(who.name(), false, payload)
    }

    /// An ordinary child, or the body of a function, ended without a value.
    pub(crate) fn lost(&mut self) {
        self.lost += 1;
    }

    /// An error that is nobody's failure any more.
    pub(crate) fn late(&mut self, child: Name, error: E) {
        self.late.push((child, error));
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.fatal.is_some()
    }

    pub(crate) fn is_killing(&self) -> bool {
        self.kill
    }

    pub(crate) fn limit(&self) -> usize {
        self.options.limit
    }

    pub(crate) fn grace(&self) -> Option<Duration> {
        self.options.grace
    }

    pub(crate) fn take_sources(&mut self) -> Vec<Box<dyn LocalSource>> {
        std::mem::take(&mut self.sources)
    }

    /// Not all that a source could have given was taken.
    pub(crate) fn source_cut_short(&mut self) {
        self.lost += 1;
    }

    /// A failure leaves its slot for the list of all failures; an error that came late is told.
    pub(crate) fn gather<T>(&mut self, who: LazyName, slot: &mut Outcome<T, E>) {
        match std::mem::replace(slot, Outcome::Cancelled { late: None }) {
            Outcome::Failed(error) => self.failures.push((who.name(), Failure::Failed(error))),
            Outcome::Panicked(panicked) => self.failures.push((who.name(), Failure::Panicked(panicked))),
            Outcome::Cancelled { late: Some(error) } => self.late.push((who.name(), error)),
            other => *slot = other,
        }
    }

    pub(crate) fn take_late(&mut self) -> Vec<(Name, E)> {
        std::mem::take(&mut self.late)
    }

    /// The guard for a child that is about to run elsewhere.
    pub(crate) fn guard_for_child(&mut self, kind: Kind, daemon: bool, who: LazyName) -> Arc<LiveGuard> {
        let alive = self.alive.get_or_insert_with(|| match context::current() {
            Some(frame) => frame.scope().alive(),
            None => Scope::group(None, None).alive(),
        });
        if self.sources.is_empty() && !observe::ON {
            return alive.clone();
        }
        let watch = self.watch.child(kind, daemon, || who.name());
        alive.carrying(Carried::new(self.sources.iter().map(|sources| sources.local()).collect(), watch))
    }
}

pub(crate) fn place_name(location: &Location<'_>) -> Name {
    Name::from(format!("{}:{}", location.file(), location.line()))
}

impl<E> Core<E> {
    pub(crate) fn take_panic(&mut self) -> Option<Payload> {
        match self.fatal.take() {
            Some(Fatal::Panicked(panicked)) => Some(panicked.into_payload()),
            _ => None,
        }
    }

    pub(crate) fn ending(&mut self) -> Ending<E> {
        Ending {
            fatal: self.fatal.take(),
            lost: self.lost,
            cause: self.cause.clone(),
            failed_by_itself: self.failed_by_itself,
            cancelled: self.options.cancelled,
            panicked: self.options.panicked,
            catches: self.options.catches,
            failures: std::mem::take(&mut self.failures),
        }
    }
}
