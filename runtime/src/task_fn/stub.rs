//! The items that an expansion names after a mistake, so that the rest of the function is still type-checked. None of them
//! runs.

use std::future::IntoFuture;

use crate::{
    child::output::ChildOutput,
    task_fn::{
        absorb::{Absorbs, Converts},
        handle::Child,
        hub::Hub,
    },
};

pub(super) const NEVER: &str = "only the type of this is of use";

/// Implemented by `Result` only, for the message where something else is returned.
#[diagnostic::on_unimplemented(
    message = "a `#[task_group]` function returns a `Result`, and `{Self}` is none",
    label = "the function's children can fail",
    note = "write for example `-> Result<Value, Error>`, and end with `Ok(value)`"
)]
pub trait Returned: Sized {
    #[doc(hidden)]
    type Value;
    #[doc(hidden)]
    type Error;

    /// Fixes the type that the body of a function returns, in a `return` that is never reached. Of a function with this bound,
    /// rustc would quote the source.
    #[doc(hidden)]
    fn never() -> Self {
        unreachable!("{NEVER}")
    }
}

#[diagnostic::do_not_recommend]
impl<T, E> Returned for Result<T, E> {
    type Value = T;
    type Error = E;
}

impl<E> Hub<E> {
    /// Stands in for a child.
    pub fn stub<A, T, X>(&self, _: A) -> Child<'_, T>
    where
        A: IntoFuture,
        A: ChildOutput<A::Output, Value = T, Error = X>,
        E: Converts<X>,
    {
        unreachable!("{NEVER}")
    }

    /// Stands in for the value of a child, where it is read before the join.
    pub fn read<T>(&self, _: &Child<'_, T>) -> T {
        unreachable!("{NEVER}")
    }

    /// Stands in for a literal `async` block.
    pub fn stub_block<A, T, X, K>(&self, _: A, _: K) -> Child<'_, T>
    where
        A: IntoFuture,
        A: ChildOutput<A::Output, Value = T, Error = X>,
        E: Absorbs<X, K>,
    {
        unreachable!("{NEVER}")
    }

    /// Stands in for a blocking child.
    pub fn stub_blocking<F, O, T, X>(&self, _: F) -> Child<'_, T>
    where
        F: FnOnce() -> O,
        F: ChildOutput<O, Value = T, Error = X>,
        E: Converts<X>,
    {
        unreachable!("{NEVER}")
    }

    /// Stands in for a literal closure.
    pub fn stub_blocking_block<F, O, T, X, K>(&self, _: F, _: K) -> Child<'_, T>
    where
        F: FnOnce() -> O,
        F: ChildOutput<O, Value = T, Error = X>,
        E: Absorbs<X, K>,
    {
        unreachable!("{NEVER}")
    }
}
