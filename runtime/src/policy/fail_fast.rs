use std::{panic::resume_unwind, pin::Pin};

use crate::{
    error::{Cancelled, Cause, Panicked},
    machine::{
        nodes::{Nodes, SlotsOf},
        outcome::{Ending, Fatal, Outcome, Policy, Rule},
    },
    policy::{
        finish::{CanCancel, CanCatch, Finish},
        flatten::Flatten,
    },
    sealed::Sealed,
};

/// The policy of a group that names none: the first failure stops the other children, and the group returns it.
pub struct FailFast;

impl Policy for FailFast {
    type Map<T, E> = T;
    const RULE: Rule = Rule::FailFast;
    const REPORTS_CANCELLED: bool = false;
    const LEAN: bool = true;

    #[inline(always)]
    fn map<T, E>(outcome: Outcome<T, E>, _: Option<&Cause>) -> T {
        match outcome {
            Outcome::Done(value) => value,
            _ => unreachable!("a slot without a value in a group that counted none"),
        }
    }
}

#[doc(hidden)]
impl<C: Nodes<E>, E> Finish<C, E> for FailFast
where
    SlotsOf<C, E, Self>: Flatten,
{
    type Output = Result<<SlotsOf<C, E, Self> as Flatten>::Output, E>;

    #[inline(always)]
    fn finish(&mut self, children: Pin<&mut C>, ending: Option<Ending<E>>) -> Self::Output {
        if let Some(ending) = ending {
            if ending.fatal.is_some() || ending.missing > 0 {
                return Err(error(ending));
            }
        }
        Ok(values(children))
    }
}

#[cold]
#[inline(never)]
pub(super) fn error<E>(mut ending: Ending<E>) -> E {
    match (ending.fatal.take(), ending.panicked, ending.cancelled) {
        // A child's own failure before a cancellation (rule 4).
        (Some(Fatal::Failed(_, error)), ..) => error,
        (Some(Fatal::Panicked(panicked)), Some(convert), _) => convert(panicked),
        (Some(Fatal::Panicked(panicked)), None, _) => resume_unwind(panicked.into_payload()),
        (None, _, Some(convert)) => convert(ending.cancellation()),
        (None, _, None) => {
            unreachable!("only a group that can return `Cancelled` leaves a slot empty without a failure")
        }
    }
}

#[diagnostic::do_not_recommend]
impl<E: From<Cancelled>> CanCancel<E> for FailFast {
    const SEALED: Sealed = Sealed;

    fn convert() -> Option<fn(Cancelled) -> E> {
        Some(E::from)
    }
}

#[diagnostic::do_not_recommend]
impl<E: From<Panicked>> CanCatch<E> for FailFast {
    const SEALED: Sealed = Sealed;

    fn convert() -> Option<fn(Panicked) -> E> {
        Some(E::from)
    }
}

/// Takes slots that are all values, in the order written.
#[inline(always)]
pub(super) fn values<C: Nodes<E>, E>(children: Pin<&mut C>) -> <SlotsOf<C, E, FailFast> as Flatten>::Output
where
    SlotsOf<C, E, FailFast>: Flatten,
{
    Flatten::flatten(children.take::<FailFast>(None))
}
