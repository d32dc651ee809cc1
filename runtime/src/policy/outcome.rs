use std::pin::Pin;

use crate::{
    error::{Cause, Stopped},
    machine::{
        nodes::{Nodes, SlotsOf},
        outcome::{Ending, Fatal, Outcome, Policy, Rule},
    },
    policy::{
        fail_fast::{FailFast, values},
        finish::Finish,
        flatten::Flatten,
    },
};

/// The policy of [`Group::outcome`](crate::Group::outcome): fail-fast, with every way to end in one type.
pub struct OutcomeOf;

impl Policy for OutcomeOf {
    type Map<T, E> = T;
    const RULE: Rule = Rule::FailFast;
    const LEAN: bool = true;

    fn map<T, E>(outcome: Outcome<T, E>, cause: Option<&Cause>) -> T {
        FailFast::map(outcome, cause)
    }
}

#[doc(hidden)]
impl<C: Nodes<E>, E> Finish<C, E> for OutcomeOf
where
    SlotsOf<C, E, FailFast>: Flatten,
{
    type Output = Result<<SlotsOf<C, E, FailFast> as Flatten>::Output, Stopped<E>>;

    fn finish(&mut self, children: Pin<&mut C>, ending: Option<Ending<E>>) -> Self::Output {
        match ending {
            Some(Ending { fatal: Some(Fatal::Failed(child, error)), chain, .. }) => {
                Err(Stopped::failed(child, error, chain))
            }
            Some(Ending { fatal: Some(Fatal::Panicked(panicked)), .. }) => Err(Stopped::Panicked(panicked)),
            // After the failures: a cancelled group still counts what its children return (rule 4).
            Some(ending) if ending.missing > 0 => Err(Stopped::Cancelled(ending.cancellation())),
            _ => Ok(values(children)),
        }
    }
}
