//! What a policy makes of a group that is over, and what it can say.

use std::pin::Pin;

use crate::{
    error::{Cancelled, Panicked},
    machine::outcome::{Ending, Policy},
};

/// What becomes of the group.
pub trait Finish<C, E>: Policy {
    /// What its `.await` returns.
    type Output;

    /// `None`: all children have their values, and nothing else happened.
    fn finish(&mut self, children: Pin<&mut C>, ending: Option<Ending<E>>) -> Self::Output;
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
