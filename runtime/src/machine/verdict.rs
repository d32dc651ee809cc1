//! What the ends of the children come to: the outcome so far, what came too late for it, and what is missing.
//!
//! 1. The first failure under the rule, or the first winner, decides. After that only a panic changes the decision, and
//!    only where panics are not caught: a panic outranks an error or a winner, and the first panic the others.
//! 2. Nothing is lost: what does not decide goes into its slot, into `late`, or into an event.
//! 3. `missing` counts the slots without a value, whatever the reason.

use crate::{
    error::{Cause, Failure, Panicked},
    machine::{
        options::Options,
        outcome::{Ending, Fatal, Outcome, Rule},
    },
    name::Name,
    observe,
    unwind::{Payload, discard, guard},
};

/// Whether the outcome of the group is known, and what it is.
enum Decision<E> {
    Open,
    /// A child of a race has a value.
    Won,
    Fatal(Fatal<E>),
}

/// Why the group's token is cancelled, as far as missing slots are concerned.
enum Cancellation {
    None,
    /// The group had what it wanted: that is not why a slot is missing.
    Finished,
    /// By a failure of its own.
    OwnFailure(Cause),
    /// By an option, by its owner, or by an enclosing group.
    Other(Cause),
}

/// What panicked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A child that has a slot, where some policies keep the panic.
    Slot,
    Daemon,
    /// An option, a source, a destructor.
    Other,
}

pub(crate) struct Verdict<E> {
    rule: Rule,
    decision: Decision<E>,
    cancellation: Cancellation,
    missing: usize,
    late: Vec<(Name, E)>,
    /// The failures in their slots, for a policy that lists them all.
    failures: Vec<(Name, Failure<E>)>,
}

impl<E> Verdict<E> {
    pub(super) fn new(rule: Rule) -> Self {
        Self {
            rule,
            decision: Decision::Open,
            cancellation: Cancellation::None,
            missing: 0,
            late: Vec::new(),
            failures: Vec::new(),
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
    pub(super) fn is_decided(&self) -> bool {
        !matches!(self.decision, Decision::Open)
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(self.decision, Decision::Fatal(_))
    }

    /// The cause with which a decision cancels the group called `group`.
    pub(super) fn cause_of_decision(&self, group: impl FnOnce() -> Name) -> Option<Cause> {
        match &self.decision {
            Decision::Open => None,
            Decision::Won => Some(Cause::Finished { group: group() }),
            Decision::Fatal(Fatal::Failed(child, _)) => Some(Cause::Failed { child: child.clone() }),
            Decision::Fatal(Fatal::Panicked(panicked)) => Some(Cause::Panicked { child: panicked.child().clone() }),
        }
    }

    /// The group has cancelled its token. `first`: with a cause of its own, and not after another one, which is `cause`.
    pub(super) fn cancelled(&mut self, finished: bool, first: bool, cause: Option<Cause>) {
        self.cancellation = match cause {
            _ if finished && first => Cancellation::Finished,
            Some(cause) if self.has_failed() && first => Cancellation::OwnFailure(cause),
            Some(cause) => Cancellation::Other(cause),
            None => Cancellation::None,
        };
    }

    /// Whether the group has been cancelled with a cause that explains missing slots.
    pub(super) fn has_cause(&self) -> bool {
        matches!(self.cancellation, Cancellation::OwnFailure(_) | Cancellation::Other(_))
    }

    /// At the end: a group that did not cancel itself may still be below one that was cancelled.
    pub(super) fn set_outer_cause(&mut self, cause: impl FnOnce() -> Option<Cause>) {
        if let (Cancellation::None, Some(cause)) = (&self.cancellation, cause()) {
            self.cancellation = Cancellation::Other(cause);
        }
    }

    /// A value that may win a race. `Err`: it came after the winner.
    pub(super) fn wins<T>(&mut self, value: T) -> Result<T, T> {
        if self.is_decided() {
            return Err(value);
        }
        self.decision = Decision::Won;
        Ok(value)
    }

    /// An `Err`. `cancelled`: the token was cancelled before it, by the group itself or from outside.
    pub(super) fn failed<T>(
        &mut self,
        child: Name,
        daemon: bool,
        error: E,
        cancelled: bool,
        watch: &observe::Group,
    ) -> Outcome<T, E> {
        // A daemon that was cancelled is never a failure (DESIGN rule 6).
        if self.is_decided() || (daemon && cancelled) {
            return self.late(child, error);
        }
        match (self.rule, daemon) {
            (Rule::FailFast, _) | (Rule::Race, true) => {
                watch.failed(&child);
                self.decision = Decision::Fatal(Fatal::Failed(child, error));
                Outcome::Cancelled { late: None }
            }
            // It has no slot, and under `settle` it ends nobody.
            (Rule::Settle, true) => self.late(child, error),
            (Rule::Settle | Rule::Race, false) if cancelled => Outcome::Cancelled { late: Some(error) },
            (Rule::Settle | Rule::Race, false) => {
                watch.failed(&child);
                Outcome::Failed(error)
            }
        }
    }

    /// A panic of a child, or of something that has no slot.
    pub(super) fn panicked<T>(
        &mut self,
        panicked: Panicked,
        origin: Origin,
        options: &Options<E>,
        watch: &observe::Group,
    ) -> Outcome<T, E> {
        if self.rule == Rule::Settle && origin == Origin::Slot {
            watch.panicked(&panicked);
            return Outcome::Panicked(panicked);
        }
        let stands = match &self.decision {
            // As a failing daemon does: under `settle` it ends nothing.
            Decision::Open => self.rule == Rule::Settle && origin == Origin::Daemon && options.catches_panics,
            // Where panics are caught, the first failure or the winner stands.
            Decision::Won | Decision::Fatal(Fatal::Failed(..)) => options.catches_panics,
            Decision::Fatal(Fatal::Panicked(_)) => true,
        };
        if stands {
            self.late_panic(panicked, options, watch);
            return Outcome::Cancelled { late: None };
        }
        watch.panicked(&panicked);
        let before = std::mem::replace(&mut self.decision, Decision::Fatal(Fatal::Panicked(panicked)));
        if let Decision::Fatal(Fatal::Failed(child, error)) = before {
            self.late.push((child, error));
        }
        Outcome::Cancelled { late: None }
    }

    /// A panic that is not the outcome: a late error where it can be one, else an event.
    fn late_panic(&mut self, panicked: Panicked, options: &Options<E>, watch: &observe::Group) {
        let Some(convert) = options.panicked else {
            watch.late_panic(&panicked);
            discard(panicked);
            return;
        };
        let child = panicked.child().clone();
        // The conversion is the user's code, and one that refuses a panic resumes it.
        match guard(|| convert(panicked)) {
            Ok(error) => self.late.push((child, error)),
            Err(payload) => self.refused(child, payload, watch),
        }
    }

    fn refused(&mut self, child: Name, payload: Payload, watch: &observe::Group) {
        let panicked = Panicked::new(child, payload);
        watch.late_panic(&panicked);
        discard(panicked);
    }

    /// An error that no longer is a failure.
    pub(super) fn late<T>(&mut self, child: Name, error: E) -> Outcome<T, E> {
        self.late.push((child, error));
        Outcome::Cancelled { late: None }
    }

    pub(super) fn has_late(&self) -> bool {
        !self.late.is_empty()
    }

    pub(super) fn take_late(&mut self) -> Vec<(Name, E)> {
        std::mem::take(&mut self.late)
    }

    /// A slot stays without a value.
    pub(super) fn misses(&mut self) {
        self.missing += 1;
    }

    /// A failure leaves its slot for the list of all failures; an error that came late is reported.
    pub(super) fn gather<T>(&mut self, name: impl Fn() -> Name, slot: &mut Outcome<T, E>) {
        match std::mem::replace(slot, Outcome::Cancelled { late: None }) {
            Outcome::Failed(error) => self.failures.push((name(), Failure::Failed(error))),
            Outcome::Panicked(panicked) => self.failures.push((name(), Failure::Panicked(panicked))),
            Outcome::Cancelled { late: Some(error) } => self.late.push((name(), error)),
            other => *slot = other,
        }
    }

    pub(super) fn take_panic(&mut self) -> Option<Payload> {
        match std::mem::replace(&mut self.decision, Decision::Open) {
            Decision::Fatal(Fatal::Panicked(panicked)) => Some(panicked.into_payload()),
            _ => None,
        }
    }

    /// What the policy reads.
    pub(super) fn ending(&mut self, options: &Options<E>) -> Ending<E> {
        let fatal = match std::mem::replace(&mut self.decision, Decision::Open) {
            Decision::Fatal(fatal) => Some(fatal),
            Decision::Open | Decision::Won => None,
        };
        let failed_by_itself = matches!(self.cancellation, Cancellation::OwnFailure(_));
        let cause = match &self.cancellation {
            Cancellation::OwnFailure(cause) | Cancellation::Other(cause) => Some(cause.clone()),
            Cancellation::None | Cancellation::Finished => None,
        };
        Ending {
            fatal,
            missing: self.missing,
            cause,
            failed_by_itself,
            cancelled: options.cancelled,
            panicked: options.panicked,
            catches_panics: options.catches_panics,
            failures: std::mem::take(&mut self.failures),
        }
    }
}
