//! The policies: what the ends of the children mean for their group. The machine does the rest.
//!
//! Each policy is one file: its `Policy` says what a failure does and what becomes of a slot, its `Finish` makes the output.

mod collect;
mod fail_fast;
mod finish;
pub(crate) mod flatten;
mod outcome;
mod race;
mod settle;

use crate::error::{Cancelled, Panicked};

pub use self::{
    collect::CollectErrors,
    fail_fast::FailFast,
    finish::{CanCancel, CanCatch, Finish, Is},
    outcome::OutcomeOf,
    race::{Race, Racing, SameType},
    settle::Settle,
};

// Policies whose own output has a place for a cancellation and for a panic: no conversion is needed.
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
