//! The output that a policy makes of a group that is over, and the ends that it can represent.

use std::pin::Pin;

use crate::{
    error::{Cancelled, Panicked},
    machine::outcome::{Ending, Policy},
    sealed::Sealed,
};

/// A policy that makes the output of a group with the children `C` and the error type `E`.
///
/// The table of [`Group`](crate::Group) lists the outputs. It is implemented by every policy in this module, and cannot be
/// implemented for other types.
pub trait Finish<C, E>: Policy {
    /// The output of its `.await`.
    type Output;

    /// Makes the output. `None`: all children have returned their values, and nothing else happened.
    #[doc(hidden)]
    fn finish(&mut self, children: Pin<&mut C>, ending: Option<Ending<E>>) -> Self::Output;
}

/// A policy whose output can represent a cancellation; options that cancel a group require it.
///
/// For [`FailFast`](crate::parts::FailFast) and [`ForEach`](crate::parts::ForEach) it is `E: From<Cancelled>`; the output of
/// every other policy has a place for it. It cannot be implemented for other types.
#[diagnostic::on_unimplemented(
    message = "this option can cancel the group, and `{E}` has no way to say so",
    label = "needs `{E}: From<taskgroup::Cancelled>`",
    note = "write `impl From<taskgroup::Cancelled> for {E}`; a `group!` can do without one: call `.outcome()` before this option"
)]
pub trait CanCancel<E> {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn convert() -> Option<fn(Cancelled) -> E>;
}

/// A policy whose output can represent a panic; [`Group::catch_panics`](crate::Group::catch_panics) requires it.
///
/// For [`FailFast`](crate::parts::FailFast) and [`ForEach`](crate::parts::ForEach) it is `E: From<Panicked>`; the output of
/// every other policy has a place for it. It cannot be implemented for other types.
#[diagnostic::on_unimplemented(
    message = "`.catch_panics()` returns a panic as an error, and `{E}` has no way to hold one",
    label = "needs `{E}: From<taskgroup::Panicked>`",
    note = "write `impl From<taskgroup::Panicked> for {E}`; a `group!` can do without one: call `.outcome()` before this option"
)]
pub trait CanCatch<E> {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn convert() -> Option<fn(Panicked) -> E>;
}

/// The same type: `X: Is<E>` lets the compiler infer `E` from `X`, anywhere in a chain of calls.
///
/// Every type is itself, and no other. It cannot be implemented for other types.
#[diagnostic::on_unimplemented(
    message = "the children of this group fail with `{T}`, not with `{Self}`",
    label = "the children's error type is `{T}`",
    note = "`.error::<E>()` only names the error type, where no child does; to convert, use `?` or `map_err` in the children"
)]
pub trait Is<T> {
    #[doc(hidden)]
    const SEALED: Sealed;
}

#[doc(hidden)]
#[diagnostic::do_not_recommend]
impl<T> Is<T> for T {
    const SEALED: Sealed = Sealed;
}
