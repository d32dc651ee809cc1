//! What the ends of the children mean for their group. The machine does the rest.

mod collect;
mod fail_fast;
pub(crate) mod flatten;
mod outcome;
mod race;
mod settle;

use std::pin::Pin;

use crate::{
    error::{Cancelled, Cause, Panicked},
    machine::{Ending, Outcome, Rule, nodes::Nodes},
};

pub use self::{
    collect::CollectErrors,
    fail_fast::FailFast,
    outcome::OutcomeOf,
    race::{Race, Racing, SameType},
    settle::Settle,
};

/// What becomes of one slot.
pub trait Policy {
    /// The slot of a child that yields `Result<T, E>`.
    type Map<T, E>;
    /// What a failure does.
    const RULE: Rule;
    /// Can a group with ready children do without a machine?
    const LEAN: bool = false;
    /// Are failures gathered from their slots at the end?
    const GATHERS: bool = false;

    /// The slot; `cause` says why a child was cancelled.
    fn map<T, E>(outcome: Outcome<T, E>, cause: Option<&Cause>) -> Self::Map<T, E>;
}

/// What becomes of the group.
pub trait Finish<C, E>: Policy {
    /// What its `.await` returns.
    type Output;

    /// `None`: all children have their values, and nothing else happened.
    fn finish(&mut self, children: Pin<&mut C>, ending: Option<Ending<E>>) -> Self::Output;
}

/// Slots that are all values, as the user wrote them.
#[inline(always)]
fn values<C: Nodes<E>, E>(children: Pin<&mut C>) -> <C::Slots<FailFast> as flatten::Flatten>::Output
where
    C::Slots<FailFast>: flatten::Flatten,
{
    flatten::Flatten::flatten(children.take::<FailFast>(None))
}

/// The policy can return a cancellation.
#[diagnostic::on_unimplemented(
    message = "this option can cancel the group, and `{E}` has no way to say so",
    label = "needs `{E}: From<taskgroup::Cancelled>`",
    note = "write `impl From<taskgroup::Cancelled> for {E}`; a `group!` can do without one: call `.outcome()` before this option"
)]
pub trait CanCancel<E> {
    #[doc(hidden)]
    fn convert() -> Option<fn(Cancelled) -> E>;
}

/// The policy can return a panic.
#[diagnostic::on_unimplemented(
    message = "`.catch_panics()` returns a panic as an error, and `{E}` has no way to hold one",
    label = "needs `{E}: From<taskgroup::Panicked>`",
    note = "write `impl From<taskgroup::Panicked> for {E}`; a `group!` can do without one: call `.outcome()` before this option"
)]
pub trait CanCatch<E> {
    #[doc(hidden)]
    fn convert() -> Option<fn(Panicked) -> E>;
}

macro_rules! say_so_themselves {
    ($($policy:ty $(, $parameter:ident)*;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<E $(, $parameter)*> CanCancel<E> for $policy {
            fn convert() -> Option<fn(Cancelled) -> E> {
                None
            }
        }
        #[diagnostic::do_not_recommend]
        impl<E $(, $parameter)*> CanCatch<E> for $policy {
            fn convert() -> Option<fn(Panicked) -> E> {
                None
            }
        }
    )*};
}

say_so_themselves! {
    OutcomeOf;
    Settle;
    CollectErrors;
    Race<C, T>, C, T;
}
