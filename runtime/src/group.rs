//! The machine that every group runs on, whatever its children, options and policy.
//!
//! `states.md`, beside this file, is the table of its states and events; the tests are named after its lines.
//!
//! 1. `phase` only moves forward: fresh, running, (draining,) cancelled, stopping, reaping, over.
//! 2. The cause is set before anybody can see the cancellation, once.
//! 3. `open` counts the ordinary children that have not ended, those that wait for room included, and the sources that
//!    may give more; `daemons` counts the daemons that have not ended. Nothing is over while either is not zero.
//! 4. `waiting` static children have not begun; a source is asked only while `room` exceeds it.
//! 5. Every piece of the user's code, destructors included, runs under a guard of its own.

use std::{
    panic::{Location, resume_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use tokio::{
    task::coop,
    time::{Instant, Sleep, sleep_until},
};

use crate::{
    ambient::{self, Frame, Key, Place, guard},
    carry::{Luggage, Stock},
    child::{
        crew::Order,
        task::{End, discard},
    },
    error::{Cancelled, Cause, Failure, Panicked, Payload},
    live::{self, Alive},
    name::{Name, Who},
    nodes::{Nodes, Op, Turn},
    token::{Scope, WaitCancelled},
};

/// What the outcome of a child means for the group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// The first failure ends it.
    FailFast,
    /// Every child runs to its end.
    Settle,
    /// The first value ends it.
    Race,
}

/// How one child ended, as the machine keeps it until the policy says what that means.
pub enum Outcome<T, E> {
    /// It has a value.
    Done(T),
    /// It failed; only under the rules that keep failures in their slots.
    Failed(E),
    /// It panicked; likewise.
    Panicked(Panicked),
    /// It has nothing to show: stopped, or its failure is the group's.
    Cancelled {
        /// What it answered the cancellation with.
        late: Option<E>,
    },
    /// It was still waiting for room.
    NeverStarted,
}

/// What ended a group before its time.
pub(crate) enum Fatal<E> {
    Failed(Name, E),
    Panicked(Panicked),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
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
enum Mercy {
    /// One more poll for everybody.
    LastPoll,
    /// Until the timer fires.
    Grace,
    /// As long as the group that was cancelled allows: it is not this one.
    Around,
}

/// What an option's future asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    /// `.cancel_on(…)`.
    Cancel,
    /// `.drain_on(…)`.
    Drain,
}

/// Everything that a group of ready inline children never needs.
pub struct Core<E> {
    options: Options<E>,
    pub(crate) rule: Rule,
    location: &'static Location<'static>,

    phase: Phase,
    pub(crate) open: usize,
    pub(crate) daemons: usize,
    pub(crate) waiting: usize,
    pub(crate) room: usize,
    /// Slots without a value.
    lost: usize,
    /// The group was cancelled from around, so what queues stays where it is.
    closed: bool,
    around: bool,
    kill: bool,
    winner: bool,
    fatal: Option<Fatal<E>>,
    cause: Option<Cause>,
    late: Vec<(Name, E)>,
    wish: Option<Wish>,
    timer: Option<Pin<Box<Sleep>>>,
    grace_timer: Option<Pin<Box<Sleep>>>,
    drain_timer: Option<Pin<Box<Sleep>>>,
    idle: Option<WaitCancelled>,
    stock: Vec<Box<dyn Stock>>,
    /// What every spawned child gets a clone of.
    alive: Option<Arc<Alive>>,
    /// A pass was cut short: there is more to do at once.
    again: bool,
    /// Poll everybody once, woken or not, and with some budget left for each.
    force: bool,
    /// The arm at which that goes on in the next poll, because the budget of this one was used up.
    put_off: Option<usize>,
    goes_on: Option<usize>,
    /// How the arm ended at which a group without a machine stopped.
    pub(crate) resumed: Option<(usize, Result<E, Payload>)>,
    /// The failures of a policy that wants them all.
    pub(crate) failures: Vec<(Name, Failure<E>)>,
    /// The arm that is polled first: it moves when one arm used up the whole budget. The sources count as one more.
    first_arm: usize,
    /// The source that is asked first.
    first_source: usize,
    /// Which spawned children of a `for` have ended since the last pass.
    pub(crate) ended: Vec<Key>,
}

/// What was asked for, before the start.
struct Options<E> {
    limit: usize,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
    drain_timeout: Option<Duration>,
    grace: Option<Duration>,
    cancelled: Option<fn(Cancelled) -> E>,
    catches: bool,
    panicked: Option<fn(Panicked) -> E>,
    /// Can the group return `Cancelled` at all?
    says_so: bool,
    name: Option<Name>,
    carry: Vec<ReadKey>,
}

pub(crate) type ReadKey = Box<dyn FnOnce() -> Option<Box<dyn Stock>> + Send>;

fn nearer<T: Ord>(a: Option<T>, b: T) -> Option<T> {
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
            cause: None,
            late: Vec::new(),
            wish: None,
            timer: None,
            grace_timer: None,
            drain_timer: None,
            idle: None,
            stock: Vec::new(),
            alive: None,
            again: false,
            force: false,
            put_off: None,
            goes_on: None,
            resumed: None,
            failures: Vec::new(),
            first_arm: 0,
            first_source: 0,
            ended: Vec::new(),
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
        !self.kill && ambient::peek(|scope| scope.is_shielding(child)).unwrap_or(false)
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

    pub(crate) fn wish(&mut self, wish: Wish) {
        if self.wish.is_none() || wish == Wish::Cancel {
            self.wish = Some(wish);
        }
    }

    /// Has the token been cancelled, by the group itself or from around?
    fn is_cancelled(&self) -> bool {
        self.cause.is_some() || ambient::peek(|scope| scope.is_cancelled()).unwrap_or(false)
    }

    /// An ordinary child that had room ended.
    #[inline]
    pub(crate) fn ended<T>(&mut self, who: Who, end: End<Result<T, E>>) -> Outcome<T, E> {
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

    pub(crate) fn daemon_ended(&mut self, who: Who, end: End<Result<(), E>>) {
        self.daemons -= 1;
        self.ended_otherwise(who, true, end);
    }

    #[cold]
    #[inline(never)]
    fn ended_otherwise<T>(&mut self, who: Who, daemon: bool, end: End<Result<T, E>>) -> Outcome<T, E> {
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
                self.fatal = Some(Fatal::Failed(child, error));
                nothing
            }
            (Rule::Settle, true) => {
                self.late.push((child, error));
                nothing
            }
            (Rule::Settle | Rule::Race, false) if self.is_cancelled() => Outcome::Cancelled { late: Some(error) },
            (Rule::Settle | Rule::Race, false) => Outcome::Failed(error),
        }
    }

    pub(crate) fn panicked<T>(&mut self, child: Name, outside_slots: bool, payload: Payload) -> Outcome<T, E> {
        let panicked = Panicked::new(child, payload);
        if self.rule == Rule::Settle && !outside_slots {
            return Outcome::Panicked(panicked);
        }
        let catches = self.options.catches;
        match &self.fatal {
            // The first failure, or the winner, stands where panics are caught.
            Some(_) if catches => self.late_panic(panicked),
            None if catches && self.winner => self.late_panic(panicked),
            None => self.fatal = Some(Fatal::Panicked(panicked)),
            // Elsewhere a panic outranks an error, and the first panic the others.
            Some(Fatal::Failed(..)) => {
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
                crate::observe::late_panic(&panicked);
                discard(panicked);
            }
        }
    }

    /// A source panicked, or the body of its `for`.
    pub(crate) fn source_panicked<T>(&mut self, who: Who, payload: Payload) -> Outcome<T, E> {
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

    pub(crate) fn take_stock(&mut self) -> Vec<Box<dyn Stock>> {
        std::mem::take(&mut self.stock)
    }

    /// Not all that a source could have given was taken.
    pub(crate) fn source_cut_short(&mut self) {
        self.lost += 1;
    }

    /// A failure leaves its slot for the list of all failures; an error that came late is told.
    pub(crate) fn gather<T>(&mut self, who: Who, slot: &mut Outcome<T, E>) {
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
    pub(crate) fn guard_for_child(&mut self) -> Arc<Alive> {
        let alive = self.alive.get_or_insert_with(|| match ambient::current() {
            Some(frame) => frame.scope().alive(),
            None => Scope::group(None, None).alive(),
        });
        if self.stock.is_empty() {
            return alive.clone();
        }
        alive.with_luggage(Luggage::new(self.stock.iter().map(|stock| stock.parcel()).collect()))
    }
}

pub(crate) fn place_name(location: &Location<'_>) -> Name {
    Name::from(format!("{}:{}", location.file(), location.line()))
}

/// What the policies read when everything is over.
pub struct Ending<E> {
    pub(crate) fatal: Option<Fatal<E>>,
    /// How many slots are without a value.
    pub(crate) lost: usize,
    /// Why the group was cancelled, if not because it had what it wanted.
    pub(crate) cause: Option<Cause>,
    pub(crate) cancelled: Option<fn(Cancelled) -> E>,
    pub(crate) panicked: Option<fn(Panicked) -> E>,
    catches: bool,
    failures: Vec<(Name, Failure<E>)>,
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
            cancelled: self.options.cancelled,
            panicked: self.options.panicked,
            catches: self.options.catches,
            failures: std::mem::take(&mut self.failures),
        }
    }
}

impl<E> Ending<E> {
    /// All failures, the one that ended the group last; a panic that nobody catches goes on instead.
    pub(crate) fn into_failures(mut self) -> Vec<(Name, Failure<E>)> {
        match self.fatal {
            Some(Fatal::Failed(child, error)) => self.failures.push((child, Failure::Failed(error))),
            Some(Fatal::Panicked(panicked)) if self.catches => {
                self.failures.push((panicked.child().clone(), Failure::Panicked(panicked)));
            }
            Some(Fatal::Panicked(panicked)) => resume_unwind(panicked.into_payload()),
            None => {}
        }
        self.failures
    }

    /// Why slots are without a value, if nobody failed.
    pub(crate) fn cancellation(&self) -> Cancelled {
        // A slot is without a value only after a cancellation, a failure or a panic.
        let none = || Cause::Dropped { group: Name::literal("group") };
        Cancelled::new(self.cause.clone().unwrap_or_else(none))
    }
}

/// A group that is under way: its children, where it stands, and what it knows.
pub(crate) struct Machine<'a, C, E> {
    pub(crate) children: Pin<&'a mut C>,
    pub(crate) place: &'a mut Place,
    pub(crate) core: &'a mut Core<E>,
}

impl<C: Nodes<E>, E> Machine<'_, C, E> {
    /// Goes on until everything is over; then the policy makes of it what it will.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.core.around = ambient::peek(|scope| scope.is_cancelled()).unwrap_or(false);
        loop {
            match self.core.phase {
                Phase::Fresh => self.begin(cx),
                Phase::Running | Phase::Draining => {
                    self.close_if_cancelled_around(cx);
                    self.pass(cx);
                    if !self.decide(cx) {
                        self.watch_around_while_idle(cx);
                        return self.pending(cx);
                    }
                }
                Phase::Cancelled(mercy) => ready!(self.wait_in_mercy(mercy, cx)),
                Phase::Stopping => {
                    self.pass(cx);
                    if self.is_busy() {
                        return self.pending(cx);
                    }
                    self.reap();
                }
                Phase::Reaping => {
                    if let Some(frame) = &self.place.frame {
                        ready!(frame.scope().poll_quiet(cx));
                    }
                    self.core.phase = Phase::Over;
                }
                Phase::Over => return Poll::Ready(()),
            }
        }
    }

    fn begin(&mut self, cx: &mut Context<'_>) {
        let core = &mut *self.core;
        core.room = core.options.limit;
        core.open = C::STATIC + C::SOURCES;
        core.waiting = C::STATIC;
        core.daemons = C::DAEMONS;
        core.phase = Phase::Running;
        for read in std::mem::take(&mut core.options.carry) {
            match guard(read) {
                Ok(stock) => core.stock.extend(stock),
                Err(payload) => drop(core.panicked::<()>(Name::literal("carry"), true, payload)),
            }
        }
        let deadline = match (core.options.timeout, core.options.deadline) {
            (None, deadline) => deadline,
            (Some(timeout), deadline) => match Instant::now().checked_add(timeout) {
                Some(at) => nearer(deadline, at),
                None => deadline, // beyond what a clock can say
            },
        };
        if let Some(at) = deadline {
            let around = ambient::current().map(|frame| frame.scope().clone());
            self.place.frame = Some(Frame::Scope(Scope::group(around, Some(at))));
            core.timer = Some(Box::pin(sleep_until(at)));
            if at <= Instant::now() {
                self.cancel(Cause::TimedOut { group: self.core.name() }, cx);
            }
        }
    }

    /// Takes over a group that ran without a machine so far. `begun` arms have been polled; `at`, if one, has ended so.
    pub(crate) fn take_over(&mut self, begun: usize, at: Option<(usize, Result<E, Payload>)>, cx: &mut Context<'_>) {
        self.core.phase = Phase::Running;
        self.core.resumed = at;
        self.drive(Op::Resume { begun }, cx);
        self.core.force = false;
    }

    /// Like [`poll`](Self::poll), after a pass that was made without a machine.
    pub(crate) fn poll_after_pass(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.core.around = ambient::peek(|scope| scope.is_cancelled()).unwrap_or(false);
        self.deliver_late(cx);
        if self.decide(cx) { self.poll(cx) } else { self.pending(cx) }
    }

    /// One step of the children, as the code of the group.
    fn drive(&mut self, op: Op, cx: &mut Context<'_>) {
        let (children, core) = (self.children.as_mut(), &mut *self.core);
        ambient::within(self.place, |child| {
            children.drive(&mut Turn { op, cx, child, arms: 0..usize::MAX }, core);
        });
    }

    /// Polls who may have something to say, begins who may begin.
    fn pass(&mut self, cx: &mut Context<'_>) {
        let is_heard = self.hear(cx);
        let (mut children, core) = (self.children.as_mut(), &mut *self.core);
        core.again = false;
        ambient::within(self.place, |child| {
            // The sources have a turn like an arm, after the last.
            let turns = C::ARMS + usize::from(C::SOURCES > 0);
            core.goes_on = core.put_off.take();
            let first = if core.force { core.goes_on.unwrap_or(0) } else { core.first_arm };
            let mut turn = Turn { op: Op::Run, cx, child, arms: first..usize::MAX };
            children.as_mut().drive(&mut turn, core);
            if C::SOURCES > 0 {
                turn.arms = 0..usize::MAX;
                pull(children.as_mut(), core, &mut turn);
            }
            if core.force {
                return;
            }
            if first > 0 {
                let room = core.room;
                turn.arms = 0..first;
                children.as_mut().drive(&mut turn, core);
                // Whoever waits for the room that these gave back has been passed by.
                core.again |= core.room > room && core.options.limit < usize::MAX;
            }
            if !coop::has_budget_remaining() {
                // Whoever used it up goes last the next time.
                core.first_arm = if turns == 0 { 0 } else { (first + 1) % turns };
            }
        });
        // The first child of this pass may have made the scope: from now on it has somebody to report to.
        if !is_heard && self.hear(cx) && !self.core.ended.is_empty() {
            self.core.again = true;
        }
        self.deliver_late(cx);
    }

    /// Takes the reports of those that have ended, and asks to be woken for the next one; `false` if there is nobody who
    /// could report.
    fn hear(&mut self, cx: &Context<'_>) -> bool {
        match &self.place.frame {
            Some(frame) if C::REPORTS => {
                frame.scope().crew.take_ended(cx, &mut self.core.ended);
                true
            }
            _ => false,
        }
    }

    fn deliver_late(&mut self, cx: &mut Context<'_>) {
        if self.core.late.is_empty() {
            return;
        }
        if C::HEARS_LATE {
            self.drive(Op::Late, cx);
        }
        for (child, error) in self.core.take_late() {
            crate::observe::late_error(&child);
            discard(error);
        }
    }

    /// After a pass: does anything that was found end this phase?
    fn decide(&mut self, cx: &mut Context<'_>) -> bool {
        let core = &mut *self.core;
        match &core.fatal {
            Some(Fatal::Failed(child, _)) => {
                let cause = Cause::Failed { child: child.clone() };
                self.cancel(cause, cx);
                return true;
            }
            Some(Fatal::Panicked(panicked)) => {
                let cause = Cause::Panicked { child: panicked.child().clone() };
                self.cancel(cause, cx);
                return true;
            }
            None => {}
        }
        if core.winner || (core.open == 0 && core.daemons > 0) {
            self.cancel(Cause::Finished { group: self.core.name() }, cx);
            return true;
        }
        if core.open == 0 {
            self.reap();
            return true;
        }
        match core.wish.take() {
            Some(Wish::Cancel) => {
                self.cancel(Cause::Requested { group: self.core.name() }, cx);
                return true;
            }
            Some(Wish::Drain) if core.phase == Phase::Running => {
                self.drain(cx);
                return true;
            }
            Some(Wish::Drain) | None => {}
        }
        if fired(&mut core.timer, cx) || fired(&mut core.drain_timer, cx) {
            self.cancel(Cause::TimedOut { group: self.core.name() }, cx);
            return true;
        }
        false
    }

    fn pending(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.core.again {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    fn is_busy(&self) -> bool {
        self.core.open + self.core.daemons > 0
    }

    /// A group that can return `Cancelled` begins nothing once a group around is cancelled.
    fn close_if_cancelled_around(&mut self, cx: &mut Context<'_>) {
        if self.core.around && self.core.options.says_so && !self.core.closed {
            self.core.closed = true;
            self.drive(Op::Close, cx);
        }
    }

    /// A group that waits for nothing but its source must hear of a cancellation from around by itself.
    fn watch_around_while_idle(&mut self, cx: &mut Context<'_>) {
        let core = &mut *self.core;
        if C::STREAMS == 0 || !core.options.says_so || core.closed {
            return;
        }
        if core.idle.is_none() {
            core.idle = ambient::ask_current().map(|frame| {
                frame.scope().listen();
                WaitCancelled::of(frame.scope().clone())
            });
        }
        if let Some(idle) = &mut core.idle {
            if Pin::new(idle).poll(cx).is_ready() {
                core.idle = None;
                core.again = true;
            }
        }
    }

    /// The scope of the group, made if need be.
    fn scope(&mut self) -> Arc<Scope> {
        if self.place.frame.is_none() {
            ambient::within(self.place, |_| drop(ambient::current()));
        }
        match &self.place.frame {
            Some(frame) => frame.scope().clone(),
            None => Scope::group(None, None), // on a thread that is ending
        }
    }

    /// The cause, then the token; nothing begins any more.
    fn cancel(&mut self, cause: Cause, cx: &mut Context<'_>) {
        let failed = self.core.fatal.is_some();
        let scope = self.scope();
        let finished = matches!(cause, Cause::Finished { .. });
        let first = scope.cancel(cause);
        // To have what it wanted is not what kept a group from having something.
        if !(finished && first) {
            self.core.cause = scope.cause();
        }
        scope.crew.give(Order::Close);
        self.drive(Op::Close, cx);
        self.core.phase = Phase::Cancelled(if failed && !first {
            Mercy::Around
        } else if let Some(grace) = self.core.options.grace {
            self.core.grace_timer = Instant::now().checked_add(grace).map(|at| Box::pin(sleep_until(at)));
            Mercy::Grace
        } else {
            Mercy::LastPoll
        });
        self.core.force = scope.is_listened() || self.place.asked;
    }

    fn drain(&mut self, cx: &mut Context<'_>) {
        self.core.phase = Phase::Draining;
        self.scope().drain();
        let after = self.core.options.drain_timeout.and_then(|after| Instant::now().checked_add(after));
        self.core.drain_timer = after.map(|at| Box::pin(sleep_until(at)));
        self.drive(Op::Drain, cx);
    }

    fn wait_in_mercy(&mut self, mercy: Mercy, cx: &mut Context<'_>) -> Poll<()> {
        let mut passed = false;
        while self.core.force {
            // A poll without budget is none: tokio's resources, `select!` included, would not look at anything.
            if !coop::has_budget_remaining() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.pass(cx);
            self.core.force = self.core.put_off.is_some();
            // If it took several polls, those who were first may have been woken since.
            passed = self.core.goes_on.is_none();
        }
        if mercy != Mercy::LastPoll && !passed {
            self.pass(cx);
        }
        if !self.is_busy() {
            self.reap();
            return Poll::Ready(());
        }
        let core = &mut *self.core;
        match mercy {
            Mercy::LastPoll => self.stop(false, cx),
            Mercy::Grace if fired(&mut core.grace_timer, cx) => self.stop(true, cx),
            // Its own deadline still bounds a group that the ancestor allows more.
            Mercy::Around if fired(&mut core.timer, cx) || fired(&mut core.drain_timer, cx) => self.stop(false, cx),
            Mercy::Grace | Mercy::Around => return self.pending(cx),
        }
        Poll::Ready(())
    }

    fn stop(&mut self, kill: bool, cx: &mut Context<'_>) {
        self.core.phase = Phase::Stopping;
        self.core.kill = kill;
        if let Some(frame) = &self.place.frame {
            frame.scope().crew.give(if kill { Order::Kill } else { Order::Stop });
        }
        self.drive(Op::Stop, cx);
        self.deliver_late(cx);
    }

    /// Everything of the group's own has ended.
    fn reap(&mut self) {
        self.core.phase = Phase::Reaping;
        self.core.alive = None;
        self.core.idle = None;
        if self.core.cause.is_none() {
            self.core.cause = match &self.place.frame {
                Some(frame) => frame.scope().cause(),
                None => ambient::peek(|scope| scope.cause()).flatten(),
            };
        }
        if let Some(frame) = &self.place.frame {
            // Nothing that escaped waits for ever.
            if !frame.scope().is_cancelled() {
                frame.scope().cancel(Cause::Finished { group: self.core.name() });
            }
        }
    }

    /// Everything is over: what went wrong is taken from where it stands.
    pub(crate) fn gather(&mut self, cx: &mut Context<'_>) {
        self.drive(Op::Gather, cx);
        self.deliver_late(cx);
    }

    /// The owner drops the group, at whatever point it is.
    pub(crate) fn abandon(&mut self) {
        if matches!(self.core.phase, Phase::Fresh | Phase::Over) {
            return;
        }
        let scope = self.scope();
        scope.cancel(Cause::Dropped { group: self.core.name() });
        scope.crew.give(Order::Stop);
        let mut cx = Context::from_waker(Waker::noop());
        self.core.kill = true;
        self.core.phase = Phase::Stopping;
        self.drive(Op::Drop, &mut cx);
        self.deliver_late(&mut cx);
        self.core.alive = None;
        if scope.is_root() {
            live::orphan(scope.downgraded());
        }
    }
}

/// Asks the sources in turn, while there is room, and not for ever.
fn pull<C: Nodes<E>, E>(mut children: Pin<&mut C>, core: &mut Core<E>, turn: &mut Turn<'_, '_>) {
    /// The most that one poll of a group takes from its sources.
    const PER_POLL: usize = 128;
    let mut budget = PER_POLL;
    // A limit makes places scarce: then each source gets one place in its turn.
    let quantum = if C::SOURCES > 1 { if core.options.limit == usize::MAX { 32 } else { 1 } } else { PER_POLL };
    let mut without = 0;
    while without < C::SOURCES
        && budget > 0
        && core.is_running()
        && !core.closed
        && !core.is_decided()
        && core.wish.is_none()
        && core.has_room()
    {
        let source = core.first_source % C::SOURCES;
        let mut pulled = Pulled { source, most: quantum.min(budget), taken: 0 };
        children.as_mut().pull(turn, core, &mut pulled);
        if pulled.taken == 0 {
            without += 1;
        } else {
            without = 0;
            budget -= pulled.taken;
        }
        core.first_source = source + 1;
        if !coop::has_budget_remaining() {
            core.again = true;
            return;
        }
    }
    if budget == 0 {
        core.again = true;
    }
}

/// One source's turn.
pub struct Pulled {
    pub(crate) source: usize,
    pub(crate) most: usize,
    pub(crate) taken: usize,
}

fn fired(timer: &mut Option<Pin<Box<Sleep>>>, cx: &mut Context<'_>) -> bool {
    match timer {
        // Children may have used up the budget of this poll; a deadline counts all the same.
        Some(timer) => unconstrained(cx, |cx| timer.as_mut().poll(cx)).is_ready(),
        None => false,
    }
}

/// Polls without regard to tokio's cooperative budget.
pub(crate) fn unconstrained<R>(cx: &mut Context<'_>, poll: impl FnMut(&mut Context<'_>) -> Poll<R>) -> Poll<R> {
    let unconstrained = std::pin::pin!(coop::unconstrained(std::future::poll_fn(poll)));
    unconstrained.poll(cx)
}
