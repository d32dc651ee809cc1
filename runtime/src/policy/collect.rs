use std::pin::Pin;

use crate::{
    error::{Cancelled, Cause, Failures},
    machine::{
        nodes::{Nodes, SlotsOf},
        outcome::{Ending, Outcome, Policy, Rule},
    },
    policy::{
        fail_fast::{FailFast, values},
        finish::Finish,
        flatten::Flatten,
    },
};

/// The policy of [`Group::collect_errors`](crate::Group::collect_errors): every child runs to its end, and the output is all
/// values, or all failures.
pub struct CollectErrors;

impl Policy for CollectErrors {
    type Map<T, E> = T;
    const RULE: Rule = Rule::Settle;
    const GATHERS: bool = true;

    fn map<T, E>(outcome: Outcome<T, E>, cause: Option<&Cause>) -> T {
        FailFast::map(outcome, cause)
    }
}

#[doc(hidden)]
impl<C: Nodes<E>, E> Finish<C, E> for CollectErrors
where
    SlotsOf<C, E, FailFast>: Flatten,
{
    type Output = Result<<SlotsOf<C, E, FailFast> as Flatten>::Output, Failures<E>>;

    fn finish(&mut self, children: Pin<&mut C>, ending: Option<Ending<E>>) -> Self::Output {
        match ending {
            // Both: the panic of a daemon, or of an option, leaves no slot empty.
            Some(ending) if ending.missing > 0 || ending.fatal.is_some() => Err(failures(ending)),
            _ => Ok(values(children)),
        }
    }
}

/// Makes the list of all failures, with the cancellation if one explains missing values.
pub(super) fn failures<E>(ending: Ending<E>) -> Failures<E> {
    // A failure of the group's own is in the list already, with its child.
    let cancelled = ending.cause.clone().filter(|_| !ending.failed_by_itself);
    let cancelled = cancelled.map(|cause| Cancelled::of_group(cause, ending.unfinished.clone()));
    let chain = ending.chain;
    Failures::new(ending.into_failures(), cancelled, chain)
}
