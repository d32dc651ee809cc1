use std::pin::Pin;

use crate::{
    error::{Cause, Chain, Failures},
    machine::{
        outcome::{Ending, Outcome, Policy, Rule},
        rows::{Many, Rows},
    },
    policy::{collect, finish::Finish},
};

/// The policy of [`Group::race`](crate::Group::race): the first value ends the group, and is its output.
pub struct Race<C, T> {
    // Kept apart from `C`, so that children of different types are one error, at `.race()`.
    winner: fn(Pin<&mut C>) -> Option<T>,
}

impl<C, T> Race<C, T> {
    pub(crate) fn new(winner: fn(Pin<&mut C>) -> Option<T>) -> Self {
        Self { winner }
    }
}

impl<C, T> Policy for Race<C, T> {
    type Map<V, E> = Option<V>;
    const RULE: Rule = Rule::Race;
    const GATHERS: bool = true;

    fn map<V, E>(outcome: Outcome<V, E>, cause: Option<&Cause>) -> Option<V> {
        Racing::map(outcome, cause)
    }
}

/// Reads the slots of a race.
pub struct Racing;

impl Policy for Racing {
    type Map<V, E> = Option<V>;
    const RULE: Rule = Rule::Race;

    fn map<V, E>(outcome: Outcome<V, E>, _: Option<&Cause>) -> Option<V> {
        match outcome {
            Outcome::Done(value) => Some(value),
            _ => None,
        }
    }
}

#[doc(hidden)]
impl<C, T, E> Finish<C, E> for Race<C, T> {
    type Output = Result<T, Failures<E>>;

    fn finish(&mut self, children: Pin<&mut C>, ending: Option<Ending<E>>) -> Self::Output {
        // A panic outranks a winner that was there before it (rule 3).
        let winner = match &ending {
            Some(ending) if ending.fatal.is_some() => None,
            _ => (self.winner)(children),
        };
        match (winner, ending) {
            (Some(winner), _) => Ok(winner),
            (None, Some(ending)) => Err(collect::failures(ending)),
            (None, None) => Err(Failures::new(Vec::new(), None, Chain::UNKNOWN)),
        }
    }
}

/// The values of children that all yield `T`; [`Group::race`](crate::Group::race) requires it.
///
/// It is implemented by lists of such values, and cannot be implemented for other types.
#[diagnostic::on_unimplemented(
    message = "the children of a race must yield one type, but not all of these yield `{T}`",
    label = "`.race()` returns whichever value comes first, so all must have one type",
    note = "map each child to one type, for instance an enum, or do without `.race()` to get a tuple"
)]
pub trait SameType<T, E>: Rows<E> {
    #[doc(hidden)]
    fn first(slots: Self::Slots<Racing>) -> Option<T>;
}

#[doc(hidden)]
#[diagnostic::do_not_recommend]
impl<T, E> SameType<T, E> for () {
    fn first((): ()) -> Option<T> {
        None
    }
}

#[doc(hidden)]
#[diagnostic::do_not_recommend]
impl<T, E, L: SameType<T, E>> SameType<T, E> for (L, T) {
    fn first((before, last): (L::Slots<Racing>, Option<T>)) -> Option<T> {
        // At most one slot has a value: those that came after the winner's were discarded.
        L::first(before).or(last)
    }
}

#[doc(hidden)]
#[diagnostic::do_not_recommend]
impl<T, E, L: SameType<T, E>> SameType<T, E> for Many<L, T> {
    fn first((before, last): (L::Slots<Racing>, Vec<Option<T>>)) -> Option<T> {
        L::first(before).or_else(|| last.into_iter().flatten().next())
    }
}
