use std::pin::Pin;

use crate::{
    error::{Cancelled, Cause, Panicked},
    machine::outcome::{Ending, Outcome, Policy, Rule},
    policy::{
        fail_fast::{self, FailFast},
        finish::{CanCancel, CanCatch, Finish},
        hand_out::HandingOut,
    },
    sealed::Sealed,
};

/// The policy of [`Group::each`](crate::Group::each): fail-fast, with a function that is called with the values as they come.
pub struct ForEach;

impl Policy for ForEach {
    type Map<T, E> = T;
    const RULE: Rule = Rule::Each;
    const REPORTS_CANCELLED: bool = false;

    fn map<T, E>(outcome: Outcome<T, E>, cause: Option<&Cause>) -> T {
        FailFast::map(outcome, cause)
    }
}

#[doc(hidden)]
impl<C, T, K, E> Finish<HandingOut<C, T, K>, E> for ForEach {
    type Output = Result<(), E>;

    fn finish(&mut self, _: Pin<&mut HandingOut<C, T, K>>, ending: Option<Ending<E>>) -> Self::Output {
        match ending {
            // After an early end, values are missing because the function wanted no more.
            Some(ending) if !ending.won && (ending.fatal.is_some() || ending.missing > 0) => {
                Err(fail_fast::error(ending))
            }
            _ => Ok(()),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<E: From<Cancelled>> CanCancel<E> for ForEach {
    const SEALED: Sealed = Sealed;

    fn convert() -> Option<fn(Cancelled) -> E> {
        Some(E::from)
    }
}

#[diagnostic::do_not_recommend]
impl<E: From<Panicked>> CanCatch<E> for ForEach {
    const SEALED: Sealed = Sealed;

    fn convert() -> Option<fn(Panicked) -> E> {
        Some(E::from)
    }
}
