//! What other libraries' groups have, and this one has not, for what the compiler says of it.
//!
//! Each such method of `Group` has a bound that nothing meets, on the user's own error type: so the message is ours, and none of the types
//! that list the arms is in it.

use futures_core::Stream;

use crate::sealed::Sealed;

/// Implemented by nothing.
#[diagnostic::on_unimplemented(
    message = "a group is complete as it is written: no child can be added to it",
    label = "not a method of a group",
    note = "write the child as an arm: `group!(…, fetch(&client))`; as many as there are items are a `for` arm; children that are \
            started one after the other are statements of a `#[task_group]` function"
)]
pub trait ChildrenLater {}

/// Implemented by nothing.
#[diagnostic::on_unimplemented(
    message = "a group runs, and has values, only when it is awaited",
    label = "not a method of a group",
    note = "write `.await` in place of this: `let values = group.await?;`"
)]
pub trait ValuesEarly {}

/// Implemented by nothing.
#[diagnostic::on_unimplemented(
    message = "the number of children that run at once is set by `.limit(n)`",
    label = "not a method of a group",
    note = "write `.limit(n)` in place of this"
)]
pub trait LimitByAnotherName {}

/// What [`Group::cancel_on`](crate::Group::cancel_on) and [`Group::drain_on`](crate::Group::drain_on) wait for: anything that
/// becomes the future `W`, as in [`IntoFuture`].
///
/// It cannot be implemented for other types.
#[diagnostic::on_unimplemented(
    message = "this option waits for a future, and `{Self}` is none",
    label = "`{Self}` is not a future",
    note = "write the future: `token.cancelled()` for a `CancellationToken`, `receiver.recv()` for a channel, \
            `tokio::time::sleep(…)` for a duration"
)]
pub trait Until<W> {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn until(self) -> W;
}

// `W` is a parameter, and no associated type: rustc would resolve that before it looks at the bound, and say in its own words
// what std's trait lacks.
#[doc(hidden)]
#[diagnostic::do_not_recommend]
impl<F: IntoFuture> Until<F::IntoFuture> for F {
    const SEALED: Sealed = Sealed;

    fn until(self) -> F::IntoFuture {
        self.into_future()
    }
}

/// The source of a `for` arm: `N` is the iterator that `Self` becomes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an iterator",
    label = "`{Self}` is not an iterator",
    note = "a `for` takes what implements `IntoIterator`; if this is a stream, write `#[stream]` before the arm"
)]
pub trait Items<N> {
    #[doc(hidden)]
    fn items(self) -> N;
}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator> Items<I::IntoIter> for I {
    fn items(self) -> I::IntoIter {
        self.into_iter()
    }
}

/// The source of a `#[stream] for` arm, with its items.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream",
    label = "`{Self}` is not a stream",
    note = "if it is an iterator, remove `#[stream]`"
)]
pub trait StreamItems<X>: Stream<Item = X> {}

#[diagnostic::do_not_recommend]
impl<S: Stream> StreamItems<S::Item> for S {}
