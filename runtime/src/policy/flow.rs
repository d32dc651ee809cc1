//! What the function of `.each(…)` or `.supervise(…)` may return: nothing, or whether to go on.

use std::ops::ControlFlow;

use crate::{error::Cancelled, sealed::Sealed};

/// What the function of [`Group::each`](crate::Group::each) or [`Group::supervise`](crate::Group::supervise) may return: `()`,
/// or `ControlFlow<()>`, whose `Break` ends the group.
///
/// A closure that always panics will do too. It cannot be implemented for other types.
#[diagnostic::on_unimplemented(
    message = "this function returns `()`, or `ControlFlow<()>` to end the group, and not `{Self}`",
    label = "the closure returns `{Self}`",
    note = "end it with `;`, or return `ControlFlow::Continue(())` or `ControlFlow::Break(())`"
)]
pub trait Flow {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn breaks(self) -> bool;
}

/// What the function of `#[task_group(supervise = …)]` may return.
#[diagnostic::on_unimplemented(
    message = "`ControlFlow::Break` ends the function without its value, and `{E}` has no way to say so",
    label = "needs `{E}: From<taskgroup::Cancelled>`",
    note = "write `impl From<taskgroup::Cancelled> for {E}`, or a closure that returns `()`"
)]
pub trait FunctionFlow<E>: Flow {
    #[doc(hidden)]
    fn convert() -> Option<fn(Cancelled) -> E>;
}

#[diagnostic::do_not_recommend]
impl Flow for () {
    const SEALED: Sealed = Sealed;

    fn breaks(self) -> bool {
        false
    }
}

#[diagnostic::do_not_recommend]
impl Flow for ControlFlow<()> {
    const SEALED: Sealed = Sealed;

    fn breaks(self) -> bool {
        self.is_break()
    }
}

/// The type `!`, which has no name yet: that of a closure that always panics, from edition 2024 on.
type Never = <fn() -> ! as Returns>::Output;

/// Names what a function pointer returns.
pub trait Returns {
    #[doc(hidden)]
    type Output;
}

impl<R> Returns for fn() -> R {
    type Output = R;
}

#[doc(hidden)]
#[diagnostic::do_not_recommend]
impl Flow for Never {
    const SEALED: Sealed = Sealed;

    fn breaks(self) -> bool {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<E> FunctionFlow<E> for () {
    fn convert() -> Option<fn(Cancelled) -> E> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<E: From<Cancelled>> FunctionFlow<E> for ControlFlow<()> {
    fn convert() -> Option<fn(Cancelled) -> E> {
        Some(E::from)
    }
}

#[diagnostic::do_not_recommend]
impl<E> FunctionFlow<E> for Never {
    fn convert() -> Option<fn(Cancelled) -> E> {
        None
    }
}
