//! The outcome so far, and what is missing of it.
//!
//! 1. The first failure under the rule, or the first winner, decides. After that only a panic changes the decision, and
//!    only where panics are not caught: a panic outranks an error or a winner, and the first panic the others. A panic is a
//!    bug, and an error that happened to come first must not hide it (rule 3).
//! 2. Nothing is lost: what does not decide goes into its slot, or to what is late (`machine/late.rs`). An error that vanished
//!    could not be debugged.
//!    A failure that was noted first (`context/first.rs`) comes before others that reach the owner earlier: those are held
//!    until it has come. A sibling that only answers it, by `Abandoned` for instance, is then not taken for the culprit.
//! 3. `missing` counts the slots without a value, whatever the reason. A policy may unwrap its slots only if it is zero.

use std::{mem, sync::Arc, time::Instant};

use crate::{
    error::{Cause, Failure, Panicked, Unfinished},
    machine::{
        late::{Late, Reporter},
        options::Options,
        outcome::{Ending, Fatal, Outcome, Rule},
    },
    name::Name,
    observe,
    unwind::Payload,
};

/// Whether the outcome of the group is known, and what it is.
enum Decision<E> {
    Open,
    /// A child failed after another one whose end is on its way to the owner.
    Held(Fatal<E>, Instant),
    /// A child of a race has a value, or the group has what it wanted.
    Won,
    /// As many values as the group wants can no longer come.
    GivenUp(Cause),
    Fatal(Fatal<E>),
}

/// Why the group's token is cancelled, as far as missing slots are concerned.
enum Cancellation {
    None,
    /// The group had finished: that does not explain why a slot is missing.
    Finished,
    /// A child of the group failed.
    OwnFailure(Cause),
    /// An option, the owner, or an enclosing group cancelled it.
    Other(Cause),
}

/// The origin of a panic.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A child that has a slot, where some policies keep the panic.
    Slot,
    Daemon,
    /// An option, a source, a destructor.
    Other,
}

/// How a failure that is reported relates to those of other children.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Precedence {
    /// It was noted as the first.
    First,
    /// Another one was noted as the first, and has not been reported.
    AfterAnother,
    /// None is noted: the order of the reports is all that is known.
    Unknown,
}

/// What was known before a child returned an `Err`.
pub(super) struct Before {
    /// The token was cancelled, by the group itself or from outside.
    pub(super) cancelled: bool,
    pub(super) precedence: Precedence,
}

pub(crate) struct Verdict<E> {
    rule: Rule,
    decision: Decision<E>,
    cancellation: Cancellation,
    missing: usize,
    late: Late<E>,
    /// The failures in their slots, for a policy that lists them all.
    failures: Vec<(Name, Failure<E>)>,
    /// Those that are reported while the group runs.
    reports: Vec<(Name, Failure<E>)>,
}

impl<E> Verdict<E> {
    pub(super) fn new(rule: Rule) -> Self {
        Self {
            rule,
            decision: Decision::Open,
            cancellation: Cancellation::None,
            missing: 0,
            late: Late::new(),
            failures: Vec::new(),
            reports: Vec::new(),
        }
    }

    pub(super) fn govern(&mut self, rule: Rule) {
        self.rule = rule;
    }

    #[inline]
    pub(super) fn rule(&self) -> Rule {
        self.rule
    }

    #[inline]
    fn is_decided(&self) -> bool {
        matches!(self.decision, Decision::Won | Decision::GivenUp(_) | Decision::Fatal(_))
    }

    /// Returns `true` if a failure or a winner is there, be it that a failure is held.
    #[inline]
    pub(super) fn has_any(&self) -> bool {
        !matches!(self.decision, Decision::Open)
    }

    /// Returns since when a failure has been held, if one is.
    pub(super) fn held_since(&self) -> Option<Instant> {
        match self.decision {
            Decision::Held(_, since) => Some(since),
            _ => None,
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(self.decision, Decision::Fatal(_) | Decision::GivenUp(_))
    }

    /// Returns the cause with which a decision cancels the group called `group`.
    pub(super) fn cause_of_decision(&self, group: impl FnOnce() -> Name) -> Option<Cause> {
        match &self.decision {
            Decision::Open | Decision::Held(..) => None,
            Decision::Won => Some(Cause::Finished { group: group() }),
            Decision::GivenUp(cause) => Some(cause.clone()),
            Decision::Fatal(Fatal::Failed(child, _)) => Some(Cause::Failed { child: child.clone() }),
            Decision::Fatal(Fatal::Panicked(panicked)) => Some(Cause::Panicked { child: panicked.child().clone() }),
        }
    }

    /// Notes that the group has cancelled its token. `first`: the token was not cancelled before; `cause` is that of the token.
    pub(super) fn cancelled(&mut self, finished: bool, first: bool, cause: Option<Cause>) {
        // If an enclosing group was cancelled first, its cause is the one that explains the missing slots.
        self.cancellation = match cause {
            // A finish after a cancellation from outside does explain missing slots: by the outer cause, below.
            _ if finished && first => Cancellation::Finished,
            // `first`: a failure that answers a cancellation from outside is not what cancelled the others.
            Some(cause) if self.has_failed() && first => Cancellation::OwnFailure(cause),
            Some(cause) => Cancellation::Other(cause),
            None => Cancellation::None,
        };
    }

    /// Returns `true` if the group has been cancelled with a cause that explains missing slots.
    pub(super) fn has_cause(&self) -> bool {
        matches!(self.cancellation, Cancellation::OwnFailure(_) | Cancellation::Other(_))
    }

    /// Returns `true` if the group has not failed, and slots are missing: it returns `Cancelled`, in some form.
    pub(super) fn is_cancelled_only(&self) -> bool {
        self.missing > 0 && !self.has_any()
    }

    /// Sets the cause at the end: a group that did not cancel itself may still be inside one that was cancelled.
    pub(super) fn set_outer_cause(&mut self, cause: impl FnOnce() -> Option<Cause>) {
        if let (Cancellation::None, Some(cause)) = (&self.cancellation, cause()) {
            self.cancellation = Cancellation::Other(cause);
        }
    }

    /// Decides a race by this value, unless it is decided already: then the value comes back as `Err`.
    pub(super) fn wins<T>(&mut self, value: T) -> Result<T, T> {
        // A winner stands, and a failure that ended the race does too: a value that comes later changes neither.
        if self.has_any() {
            return Err(value);
        }
        self.decision = Decision::Won;
        Ok(value)
    }

    /// Decides that the group has what it wanted.
    pub(super) fn win(&mut self) {
        self.decision = Decision::Won;
    }

    /// Decides that the group cannot have what it wants.
    pub(super) fn gives_up(&mut self, cause: Cause) {
        self.decision = Decision::GivenUp(cause);
    }

    /// Decides that the group has what it wanted, because of something that came before whatever else has decided: that is
    /// late then. A panic is not outranked, unless panics are caught.
    pub(super) fn ends_early(&mut self, by: &Reporter<'_, E>) {
        match mem::replace(&mut self.decision, Decision::Won) {
            Decision::Fatal(Fatal::Panicked(panicked)) if !by.options.catches_panics => {
                self.decision = Decision::Fatal(Fatal::Panicked(panicked));
            }
            Decision::Fatal(fatal) | Decision::Held(fatal, _) => self.late.fatal(fatal, by),
            Decision::Open | Decision::Won | Decision::GivenUp(_) => {}
        }
    }

    /// Accounts for the failure of a child that nothing ends. Returns `true` if it came too late to be reported.
    pub(super) fn supervised(&mut self, child: Name, failure: Failure<E>, answers: bool, by: &Reporter<'_, E>) -> bool {
        match failure {
            // What a child returns in answer to a cancellation is not a failure of its own (rule 4).
            Failure::Failed(error) if answers || self.is_decided() => self.late.error(child, error),
            Failure::Panicked(panicked) if self.is_decided() => self.late.panic(panicked, by),
            failure => {
                match &failure {
                    Failure::Failed(_) => by.watch.failed(&child),
                    Failure::Panicked(panicked) => by.watch.panicked(panicked),
                }
                self.reports.push((child, failure));
                return false;
            }
        }
        true
    }

    /// The failures that the function of `.supervise(…)` has not been called with.
    pub(super) fn reports(&mut self) -> &mut Vec<(Name, Failure<E>)> {
        &mut self.reports
    }

    /// Accounts for an `Err`.
    pub(super) fn failed<T>(
        &mut self,
        child: Name,
        daemon: bool,
        error: E,
        before: Before,
        by: &Reporter<'_, E>,
    ) -> Outcome<T, E> {
        let Before { cancelled, precedence } = before;
        // A daemon that was cancelled is never a failure (rule 6).
        if self.is_decided() || (daemon && cancelled) {
            return self.late(child, error);
        }
        match (self.rule, daemon) {
            (Rule::FailFast | Rule::Each, _) | (Rule::Race | Rule::First | Rule::Supervise, true) => {
                self.decide(Fatal::Failed(child, error), precedence, by);
                Outcome::Cancelled { late: None }
            }
            // A daemon has no slot to keep its error, and under `settle` a failure ends no other child.
            (Rule::Settle, true) => self.late(child, error),
            // What a child returns in answer to a cancellation is not a failure of its own (rule 4).
            (Rule::Settle | Rule::Race | Rule::First | Rule::Supervise, false) if cancelled => {
                Outcome::Cancelled { late: Some(error) }
            }
            (Rule::Settle | Rule::Race | Rule::First | Rule::Supervise, false) => {
                by.watch.failed(&child);
                Outcome::Failed(error)
            }
        }
    }

    /// Accounts for a panic of a child, or of something that has no slot.
    pub(super) fn panicked<T>(
        &mut self,
        panicked: Panicked,
        origin: Origin,
        precedence: Precedence,
        by: &Reporter<'_, E>,
    ) -> Outcome<T, E> {
        // Under `settle`, a panic is how that one child ended, and ends no other.
        if self.rule == Rule::Settle && origin == Origin::Slot {
            by.watch.panicked(&panicked);
            return Outcome::Panicked(panicked);
        }
        let stands = match &self.decision {
            // Under `settle` a daemon that panics is late, as one that fails is: it ends no other child.
            Decision::Open | Decision::Held(..) => {
                self.rule == Rule::Settle && origin == Origin::Daemon && by.options.catches_panics
            }
            // Where panics are caught, the first failure or the winner stands.
            Decision::Won | Decision::GivenUp(_) | Decision::Fatal(Fatal::Failed(..)) => by.options.catches_panics,
            Decision::Fatal(Fatal::Panicked(_)) => true,
        };
        if stands {
            self.late.panic(panicked, by);
            return Outcome::Cancelled { late: None };
        }
        if by.options.catches_panics {
            self.decide(Fatal::Panicked(panicked), precedence, by);
            return Outcome::Cancelled { late: None };
        }
        by.watch.panicked(&panicked);
        // At once, whatever is held or awaited: no failure that is still on its way can outrank a panic.
        let before = mem::replace(&mut self.decision, Decision::Fatal(Fatal::Panicked(panicked)));
        // The error is outranked, but not lost: it is reported as a late one (state 37).
        if let Decision::Fatal(fatal) | Decision::Held(fatal, _) = before {
            self.late.fatal(fatal, by);
        }
        Outcome::Cancelled { late: None }
    }

    /// Ends the group with this failure, unless an earlier one is on its way, or is held.
    fn decide(&mut self, fatal: Fatal<E>, precedence: Precedence, by: &Reporter<'_, E>) {
        let before = mem::replace(&mut self.decision, Decision::Open);
        let (decisive, late) = match (before, precedence) {
            (Decision::Held(held, since), Precedence::AfterAnother) => {
                // Neither of the two is the one that was noted; the earlier one stays held, and the wait is not
                // prolonged.
                self.decision = Decision::Held(held, since);
                return self.late.fatal(fatal, by);
            }
            (Decision::Held(held, _), Precedence::First) => (fatal, Some(held)),
            // The one that was noted has come, and was no failure of the group: the child was cancelled by its handle.
            (Decision::Held(held, _), Precedence::Unknown) => (held, Some(fatal)),
            (_, Precedence::AfterAnother) => {
                self.decision = Decision::Held(fatal, Instant::now());
                return;
            }
            // No other failure is on its way: this one was noted, or none was.
            (_, Precedence::First | Precedence::Unknown) => (fatal, None),
        };
        self.end_with(decisive, by.watch);
        if let Some(late) = late {
            self.late.fatal(late, by);
        }
    }

    fn end_with(&mut self, fatal: Fatal<E>, watch: &observe::Group) {
        match &fatal {
            // Reported when it decides, and not while it is held: it may become a late one.
            Fatal::Failed(child, _) => watch.failed(child),
            Fatal::Panicked(panicked) => watch.panicked(panicked),
        }
        self.decision = Decision::Fatal(fatal);
    }

    /// Decides by the failure that is held, if one is: no earlier one came.
    pub(super) fn confirm(&mut self, watch: &observe::Group) {
        match mem::replace(&mut self.decision, Decision::Open) {
            Decision::Held(fatal, _) => self.end_with(fatal, watch),
            other => self.decision = other,
        }
    }

    /// Keeps an error that is no longer a failure.
    pub(super) fn late<T>(&mut self, child: Name, error: E) -> Outcome<T, E> {
        self.late.error(child, error);
        Outcome::Cancelled { late: None }
    }

    /// Returns what came too late.
    pub(super) fn late_ends(&mut self) -> &mut Late<E> {
        &mut self.late
    }

    /// Counts a slot that stays without a value.
    pub(super) fn misses(&mut self) {
        self.missing += 1;
    }

    /// Moves a failure from its slot to the list of all failures, and a late error to the late ones.
    pub(super) fn gather<T>(&mut self, name: impl Fn() -> Name, slot: &mut Outcome<T, E>) {
        match std::mem::replace(slot, Outcome::Cancelled { late: None }) {
            Outcome::Failed(error) => self.failures.push((name(), Failure::Failed(error))),
            Outcome::Panicked(panicked) => self.failures.push((name(), Failure::Panicked(panicked))),
            Outcome::Cancelled { late: Some(error) } => self.late.error(name(), error),
            other => *slot = other,
        }
    }

    pub(super) fn take_panic(&mut self) -> Option<Payload> {
        match std::mem::replace(&mut self.decision, Decision::Open) {
            Decision::Fatal(Fatal::Panicked(panicked)) => Some(panicked.into_payload()),
            _ => None,
        }
    }

    /// Returns what the policy reads.
    pub(super) fn ending(&mut self, options: &Options<E>, unfinished: Option<Arc<Unfinished>>) -> Ending<E> {
        let won = matches!(self.decision, Decision::Won);
        let fatal = match std::mem::replace(&mut self.decision, Decision::Open) {
            Decision::Fatal(fatal) | Decision::Held(fatal, _) => Some(fatal),
            Decision::Open | Decision::Won | Decision::GivenUp(_) => None,
        };
        let failed_by_itself = matches!(self.cancellation, Cancellation::OwnFailure(_));
        let cause = match &self.cancellation {
            Cancellation::OwnFailure(cause) | Cancellation::Other(cause) => Some(cause.clone()),
            Cancellation::None | Cancellation::Finished => None,
        };
        Ending {
            fatal,
            won,
            missing: self.missing,
            cause,
            unfinished,
            failed_by_itself,
            cancelled: options.cancelled,
            panicked: options.panicked,
            chain: options.chain,
            catches_panics: options.catches_panics,
            failures: std::mem::take(&mut self.failures),
        }
    }
}
