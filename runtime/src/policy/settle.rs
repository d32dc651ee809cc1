use std::{panic::resume_unwind, pin::Pin};

use crate::{
    error::{Cause, Settled},
    machine::{
        nodes::{Nodes, SlotsOf},
        outcome::{Ending, Fatal, Outcome, Policy, Rule},
    },
    name::Name,
    policy::{finish::Finish, flatten::Flatten},
};

/// The policy of [`Group::settle`](crate::Group::settle): every child runs to its end, and every slot says how it ended.
pub struct Settle;

impl Policy for Settle {
    type Map<T, E> = Settled<T, E>;
    const RULE: Rule = Rule::Settle;
    const LISTS_UNFINISHED: bool = false;

    fn map<T, E>(outcome: Outcome<T, E>, cause: Option<&Cause>) -> Settled<T, E> {
        match outcome {
            Outcome::Done(value) => Settled::Done(value),
            Outcome::Failed(error) => Settled::Failed(error),
            Outcome::Panicked(panicked) => Settled::Panicked(panicked),
            Outcome::Cancelled { late } => {
                // Only the slots of a cancelled group are empty, so there is a cause.
                let none = || Cause::Dropped { group: Name::literal("group") };
                Settled::Cancelled { cause: cause.cloned().unwrap_or_else(none), late }
            }
            Outcome::NeverStarted => Settled::NeverStarted,
        }
    }
}

#[doc(hidden)]
impl<C: Nodes<E>, E> Finish<C, E> for Settle
where
    SlotsOf<C, E, Self>: Flatten,
{
    type Output = <SlotsOf<C, E, Self> as Flatten>::Output;

    fn finish(&mut self, children: Pin<&mut C>, ending: Option<Ending<E>>) -> Self::Output {
        // A slot that was cancelled says why, so the cause is read before the slots.
        let cause = ending.and_then(|ending| match ending.fatal {
            // The panic of a daemon, which has no slot for it.
            Some(Fatal::Panicked(panicked)) => resume_unwind(panicked.into_payload()),
            _ => ending.cause,
        });
        children.take::<Self>(cause.as_ref()).flatten()
    }
}
