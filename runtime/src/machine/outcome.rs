//! How a child ends, what that means for its group, and how a group ends.

use std::{panic::resume_unwind, sync::Arc};

use crate::{
    error::{Cancelled, Cause, Chain, Failure, Panicked, Unfinished},
    name::Name,
    unwind::{Payload, discard},
};

/// How the future or closure of a child ended.
pub(crate) enum End<R> {
    Returned(R),
    Panicked(Payload),
    /// Stopped by its group before it was done.
    Stopped,
    /// Stopped before it began.
    NeverStarted,
    /// Lost, because the runtime was shut down before it had ended.
    Lost,
}

impl<R> End<R> {
    /// Returns `true` if it is a failure.
    pub(crate) fn failed(&self) -> bool
    where
        R: Fails,
    {
        match self {
            Self::Returned(value) => value.fails(),
            Self::Panicked(_) => true,
            _ => false,
        }
    }

    pub(crate) fn map<S>(self, map: impl FnOnce(R) -> S) -> End<S> {
        match self {
            Self::Returned(value) => End::Returned(map(value)),
            Self::Panicked(payload) => End::Panicked(payload),
            Self::Stopped => End::Stopped,
            Self::NeverStarted => End::NeverStarted,
            Self::Lost => End::Lost,
        }
    }
}

impl<T, E> End<Result<T, E>> {
    /// Splits off the value.
    pub(crate) fn without_value(self) -> (End<Result<(), E>>, Option<T>) {
        match self {
            Self::Returned(Ok(value)) => (End::Returned(Ok(())), Some(value)),
            Self::Returned(Err(error)) => (End::Returned(Err(error)), None),
            Self::Panicked(payload) => (End::Panicked(payload), None),
            Self::Stopped => (End::Stopped, None),
            Self::NeverStarted => (End::NeverStarted, None),
            Self::Lost => (End::Lost, None),
        }
    }
}

/// The value of a child's future or closure.
pub(crate) trait Fails {
    fn fails(&self) -> bool;
}

impl<T, E> Fails for Result<T, E> {
    fn fails(&self) -> bool {
        self.is_err()
    }
}

/// Replaces the end of a child by the panic of its destructor, unless it had panicked before: the first payload counts.
pub(crate) fn replaced_by_panic<R>(end: End<R>, payload: Payload) -> End<R> {
    match end {
        End::Panicked(first) => {
            // A payload is the user's value, and may panic when it is dropped.
            discard(payload);
            End::Panicked(first)
        }
        end => {
            // The value or error of a child whose destructor panicked is lost with it: the panic is how the child
            // ended.
            discard(end);
            End::Panicked(payload)
        }
    }
}

/// What the outcome of a child means for the group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// The first failure ends it.
    FailFast,
    /// Every child runs to its end.
    Settle,
    /// The first value ends it.
    Race,
    /// The first failure ends it; values are handed out as they come.
    Each,
    /// The first so many values end it, and so does a failure after which there cannot be as many; they are handed out as they come.
    First,
    /// A failure is reported at once and ends nothing; values are dropped.
    Supervise,
}

impl Rule {
    /// Returns `true` if the value of a child stays in its slot until the end, so that nothing has to be judged.
    #[inline]
    pub(crate) fn keeps_values(self) -> bool {
        matches!(self, Self::FailFast | Self::Settle)
    }
}

/// How one child ended, as the machine keeps it until the policy says what that means.
pub enum Outcome<T, E> {
    /// The child returned a value.
    Done(T),
    /// The child failed; only under the rules that keep failures in their slots.
    Failed(E),
    /// The child panicked; likewise.
    Panicked(Panicked),
    /// The slot is empty: the child was stopped, or its failure is that of the group.
    Cancelled {
        /// The error that the child returned after the cancellation.
        late: Option<E>,
    },
    /// The child was still waiting for room.
    NeverStarted,
}

impl<T, E> Outcome<T, E> {
    /// Takes the value out, if there is one, and leaves the slot empty.
    pub(crate) fn take_value(&mut self) -> Option<T> {
        match std::mem::replace(self, Self::Cancelled { late: None }) {
            Self::Done(value) => Some(value),
            other => {
                *self = other;
                None
            }
        }
    }
}

impl<E> Outcome<(), E> {
    /// Takes an end that is without a value.
    pub(crate) fn take_without_value<T>(&mut self) -> Outcome<T, E> {
        match std::mem::replace(self, Self::Cancelled { late: None }) {
            Self::Failed(error) => Outcome::Failed(error),
            Self::Panicked(panicked) => Outcome::Panicked(panicked),
            Self::NeverStarted => Outcome::NeverStarted,
            Self::Cancelled { late } => Outcome::Cancelled { late },
            // With a value, it is in the slot instead, and this is not there.
            Self::Done(()) => Outcome::Cancelled { late: None },
        }
    }
}

/// The failure that ended a group.
pub(crate) enum Fatal<E> {
    Failed(Name, E),
    Panicked(Panicked),
}

/// What the ends of the children mean for their group; each method of [`Group`](crate::Group) that sets one names it.
///
/// It is implemented by the policies in this module, and cannot be implemented for other types.
pub trait Policy {
    /// The slot of a child that yields `Result<T, E>`.
    #[doc(hidden)]
    type Map<T, E>;
    /// What a failure does.
    #[doc(hidden)]
    const RULE: Rule;
    /// Whether a group of ready children can do without a machine.
    #[doc(hidden)]
    const LEAN: bool = false;
    /// Whether its output has a place for `Cancelled`, whatever the error type.
    #[doc(hidden)]
    const REPORTS_CANCELLED: bool = true;
    /// Whether a `Cancelled` in its output has the list of what was unfinished.
    #[doc(hidden)]
    const LISTS_UNFINISHED: bool = true;
    /// Whether failures are gathered from their slots at the end.
    #[doc(hidden)]
    const GATHERS: bool = false;

    /// Makes the slot; `cause` says why a child was cancelled.
    #[doc(hidden)]
    fn map<T, E>(outcome: Outcome<T, E>, cause: Option<&Cause>) -> Self::Map<T, E>;
}

/// What a policy reads when everything is over.
pub struct Ending<E> {
    pub(crate) fatal: Option<Fatal<E>>,
    /// Whether a winner, or the function of a policy, ended the group.
    pub(crate) won: bool,
    /// How many slots are without a value.
    pub(crate) missing: usize,
    /// Why the group was cancelled, unless it had finished.
    pub(crate) cause: Option<Cause>,
    /// The children that had not ended then.
    pub(crate) unfinished: Option<Arc<Unfinished>>,
    pub(crate) cancelled: Option<fn(Cancelled) -> E>,
    pub(crate) panicked: Option<fn(Panicked) -> E>,
    pub(crate) chain: Chain<E>,
    /// Whether that cause is a failure in the group itself, a daemon's for instance.
    pub(crate) failed_by_itself: bool,
    pub(super) catches_panics: bool,
    pub(super) failures: Vec<(Name, Failure<E>)>,
}

impl<E> Ending<E> {
    /// Returns all failures, the one that ended the group last. A panic that is not caught is resumed instead.
    pub(crate) fn into_failures(mut self) -> Vec<(Name, Failure<E>)> {
        match self.fatal {
            Some(Fatal::Failed(child, error)) => self.failures.push((child, Failure::Failed(error))),
            // Only then is a panic a failure like others; else it goes on in the owner (rule 3).
            Some(Fatal::Panicked(panicked)) if self.catches_panics => {
                self.failures.push((panicked.child().clone(), Failure::Panicked(panicked)));
            }
            Some(Fatal::Panicked(panicked)) => resume_unwind(panicked.into_payload()),
            None => {}
        }
        self.failures
    }

    /// Returns why slots are without a value, if no child failed.
    pub(crate) fn cancellation(&self) -> Cancelled {
        // Never used: a slot is without a value only after a cancellation, a failure or a panic.
        let none = || Cause::Dropped { group: Name::literal("group") };
        Cancelled::of_group(self.cause.clone().unwrap_or_else(none), self.unfinished.clone())
    }
}
