//! What is made with the type that a function returns.

use std::{
    future::{Future, Pending},
    marker::PhantomData,
    ops::Deref,
    pin::Pin,
};

use crate::task_fn::stub::NEVER;

/// The type that a function returns, of which its body and its stages are made. An expansion calls the methods for a `Result`.
/// On any other type, which `Returned` reports, the same calls are those of `NoResult`, so that it is reported once.
pub struct Returns<R>(PhantomData<fn() -> R>);

impl<R> Returns<R> {
    /// Of this type.
    pub const TYPE: Self = Self(PhantomData);

    /// Fixes the type that the body of a stage returns, in a `return` that is never reached.
    pub fn typed() -> R {
        unreachable!("{NEVER}")
    }
}

impl<R> Deref for Returns<R> {
    type Target = NoResult<R>;

    fn deref(&self) -> &NoResult<R> {
        &NoResult(PhantomData)
    }
}

/// The type that a function returns, and that is no `Result`. Nothing of it runs.
pub struct NoResult<R>(PhantomData<fn() -> R>);

impl<R> NoResult<R> {
    /// Stands in for a stage.
    pub fn stage<H, S, B: Future<Output = R>>(&self, _: &H, _: S, _: Pin<&mut Option<B>>) -> Pending<R> {
        std::future::pending()
    }

    /// Stands in for the group of the function.
    pub fn run<G, H, B: Future<Output = R>>(&self, _: G, _: &H, _: Pin<&mut Option<B>>) -> Pending<R> {
        std::future::pending()
    }
}
