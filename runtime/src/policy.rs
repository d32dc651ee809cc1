//! The policies: what the ends of the children mean for their group. The machine does the rest.
//!
//! Each policy is one file: its `Policy` says what a failure does and what becomes of a slot, its `Finish` makes the output.

mod collect;
mod each;
mod fail_fast;
mod finish;
mod first;
pub(crate) mod flatten;
mod flow;
mod hand_out;
mod outcome;
mod race;
mod settle;
mod supervise;

use crate::{
    error::{Cancelled, Panicked},
    sealed::Sealed,
};

pub use self::{
    collect::CollectErrors,
    each::ForEach,
    fail_fast::FailFast,
    finish::{CanCancel, CanCatch, Finish, Is},
    first::FirstOf,
    flow::{Flow, FunctionFlow},
    hand_out::{Called, HandingOut, Kept, Take},
    outcome::OutcomeOf,
    race::{Race, SameType},
    settle::Settle,
    supervise::Supervise,
};

// Policies whose own output has a place for a cancellation and for a panic: no conversion is needed.
macro_rules! say_so_themselves {
    ($($policy:ty $(, $parameter:ident)*;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<E $(, $parameter)*> CanCancel<E> for $policy {
            const SEALED: Sealed = Sealed;

            fn convert() -> Option<fn(Cancelled) -> E> {
                None
            }
        }
        #[diagnostic::do_not_recommend]
        impl<E $(, $parameter)*> CanCatch<E> for $policy {
            const SEALED: Sealed = Sealed;

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
    FirstOf;
    Supervise;
}
