use std::{panic::resume_unwind, pin::Pin};

use crate::{
    error::{Cancelled, Cause},
    machine::outcome::{Ending, Fatal, Outcome, Policy, Rule},
    policy::{fail_fast::FailFast, finish::Finish},
};

/// The policy of [`Group::supervise`](crate::Group::supervise): no child ends another, failures are reported as they happen,
/// and values are dropped.
pub struct Supervise;

impl Policy for Supervise {
    type Map<T, E> = T;
    const RULE: Rule = Rule::Supervise;

    fn map<T, E>(outcome: Outcome<T, E>, cause: Option<&Cause>) -> T {
        FailFast::map(outcome, cause)
    }
}

#[doc(hidden)]
impl<C, E> Finish<C, E> for Supervise {
    type Output = Result<(), Cancelled>;

    fn finish(&mut self, _: Pin<&mut C>, ending: Option<Ending<E>>) -> Self::Output {
        match ending {
            // Of an option, or of the function that failures are reported to: it has no place in the output.
            Some(Ending { fatal: Some(Fatal::Panicked(panicked)), .. }) => resume_unwind(panicked.into_payload()),
            Some(ending) if !ending.won && ending.missing > 0 => Err(ending.cancellation()),
            _ => Ok(()),
        }
    }
}
