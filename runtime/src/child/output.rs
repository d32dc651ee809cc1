//! What a child gives: a `Result`, and nothing else.
//!
//! The bound on a child is on its output as a whole, because rustc then says in our words that something else is none. A
//! child is started here too: only here is it known that the output *is* the `Result`.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use crate::{
    child::{
        blocking::{self, Revocable},
        end_queue::EndQueue,
        report::{Ended, Handle},
        task::{self, ChildId},
    },
    context::child_guard::ChildGuard,
};

/// `F::poll`, kept apart from `F`, so that the node needs no bound on it: a child that is not a future is then one error
/// at its own tokens, and not another one at the group that holds it.
pub type PollFn<F, T, E> = fn(Pin<&mut F>, &mut Context<'_>) -> Poll<Result<T, E>>;

/// Implemented by every child whose output `O` is a `Result`.
///
/// The output is not `Self`: only so does a child whose output nothing else determines, such as one that never ends, have
/// a `Result` by inference. `Self` is the child, and not a type that is known from the start: the output of a child that is
/// no `Result` is known by then.
#[diagnostic::on_unimplemented(
    message = "a child gives a `Result`, and this one gives `{O}`",
    label = "this child gives `{O}`",
    note = "write `taskgroup::ok(…)` around a future that cannot fail, and `Ok(…)` at the end of a block or a closure"
)]
pub trait ChildOutput<O> {
    /// What is in `Ok`.
    type Value;
    /// What is in `Err`.
    type Error;

    #[doc(hidden)]
    fn poll_fn<F: Future<Output = O>>() -> PollFn<F, Self::Value, Self::Error>;

    #[doc(hidden)]
    fn task_alone<F>(future: F, guard: ChildGuard, child: ChildId) -> (Started<Self::Value, Self::Error>, ())
    where
        F: Future<Output = O> + Send + 'static,
        Self::Value: Send + 'static,
        Self::Error: Send + 'static;

    #[doc(hidden)]
    fn task_of_many<F>(future: F, guard: ChildGuard, child: ChildId, queue: Arc<Ends<Self::Value, Self::Error>>)
    where
        F: IntoFuture<Output = O>,
        F::IntoFuture: Send + 'static,
        Self::Value: Send + 'static,
        Self::Error: Send + 'static;

    #[doc(hidden)]
    fn blocking_alone<F>(
        closure: F,
        guard: ChildGuard,
        child: ChildId,
    ) -> (Started<Self::Value, Self::Error>, Revocable)
    where
        F: FnOnce() -> O + Send + 'static,
        Self::Value: Send + 'static,
        Self::Error: Send + 'static;

    #[doc(hidden)]
    fn blocking_of_many<F>(
        closure: F,
        guard: ChildGuard,
        child: ChildId,
        queue: Arc<Ends<Self::Value, Self::Error>>,
    ) -> Revocable
    where
        F: FnOnce() -> O + Send + 'static,
        Self::Value: Send + 'static,
        Self::Error: Send + 'static;
}

/// The handle of a child on a task or thread of its own.
type Started<T, E> = Handle<Result<T, E>>;

/// Where the children of a `for` report.
type Ends<T, E> = EndQueue<Ended<Result<T, E>>>;

#[diagnostic::do_not_recommend]
impl<A, T, E> ChildOutput<Result<T, E>> for A {
    type Value = T;
    type Error = E;

    #[inline(always)]
    fn poll_fn<F: Future<Output = Result<T, E>>>() -> PollFn<F, T, E> {
        // The future's own function: what is in between would be a second call in each poll.
        F::poll
    }

    fn task_alone<F>(future: F, guard: ChildGuard, child: ChildId) -> (Handle<Result<T, E>>, ())
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        task::task_alone(future, guard, child)
    }

    fn task_of_many<F>(future: F, guard: ChildGuard, child: ChildId, queue: Arc<Ends<T, E>>)
    where
        F: IntoFuture<Output = Result<T, E>>,
        F::IntoFuture: Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        task::task_of_many(future, guard, child, queue);
    }

    fn blocking_alone<F>(closure: F, guard: ChildGuard, child: ChildId) -> (Handle<Result<T, E>>, Revocable)
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        blocking::blocking_alone(closure, guard, child)
    }

    fn blocking_of_many<F>(closure: F, guard: ChildGuard, child: ChildId, queue: Arc<Ends<T, E>>) -> Revocable
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        blocking::blocking_of_many(closure, guard, child, queue)
    }
}
