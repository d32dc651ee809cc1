use std::{mem, pin::Pin};

use crate::{
    error::{Cause, Failures},
    machine::outcome::{Ending, Outcome, Policy, Rule},
    policy::{
        collect,
        fail_fast::FailFast,
        finish::Finish,
        hand_out::{HandingOut, Kept},
    },
};

/// The policy of [`Group::first`](crate::Group::first): the first so many values end the group, and are its output, in the
/// order in which they came.
pub struct FirstOf;

impl Policy for FirstOf {
    type Map<T, E> = T;
    const RULE: Rule = Rule::First;
    const GATHERS: bool = true;

    fn map<T, E>(outcome: Outcome<T, E>, cause: Option<&Cause>) -> T {
        FailFast::map(outcome, cause)
    }
}

#[doc(hidden)]
impl<C, T, E> Finish<HandingOut<C, T, Kept<T>>, E> for FirstOf {
    type Output = Result<Vec<T>, Failures<E>>;

    fn finish(&mut self, children: Pin<&mut HandingOut<C, T, Kept<T>>>, ending: Option<Ending<E>>) -> Self::Output {
        match ending {
            // A panic outranks values that were there before it (rule 3).
            Some(ending) if !ending.won => Err(collect::failures(ending)),
            _ => Ok(mem::take(&mut children.project().taker.0)),
        }
    }
}
