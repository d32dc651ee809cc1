//! Sources whose items the program has accepted already: a drain pulls them to their end.
//!
//! Which sources these are is a property of their types, found out in the call that follows a `for` arm
//! (`group/drained.rs`).

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::{
    channel::Receiver,
    child::source::{Hooks, Iter, Streamed},
    name::Name,
};

/// A source whose items have been accepted.
pub trait AcceptedItems {
    /// The group that pulls it begins; no child has been polled yet.
    fn begins(&self) {}

    /// Returns the name that the item yielded last brought along for its child.
    fn given_name(&self) -> Option<Name> {
        None
    }
}

impl<T> AcceptedItems for Receiver<T> {}
impl<S> AcceptedItems for Accepted<S> {}
impl<I> AcceptedItems for AcceptedIter<I> {}

impl<S: AcceptedItems + ?Sized> AcceptedItems for &mut S {
    fn begins(&self) {
        (**self).begins();
    }

    fn given_name(&self) -> Option<Name> {
        (**self).given_name()
    }
}

impl<S: AcceptedItems> AcceptedItems for Streamed<S> {
    fn begins(&self) {
        self.stream().begins();
    }

    fn given_name(&self) -> Option<Name> {
        self.stream().given_name()
    }
}

impl<I: AcceptedItems> AcceptedItems for Iter<I> {
    fn begins(&self) {
        self.iter().begins();
    }

    fn given_name(&self) -> Option<Name> {
        self.iter().given_name()
    }
}

impl<S: AcceptedItems> Hooks<S> {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self { begins: S::begins, given_name: S::given_name }
    }
}

pin_project! {
    /// The value of [`accepted`].
    #[derive(Debug, Clone)]
    #[must_use = "it is the source of a `for` arm"]
    pub struct Accepted<S> {
        #[pin]
        source: S,
    }
}

/// Marks the items of an iterator or a stream as accepted already: a group that drains pulls them all, and runs a child for
/// each, where it would stop pulling another source.
///
/// Use it for a source that holds what the program has agreed to do: a queue, a buffer, a
/// [`channel::Receiver`](crate::channel::Receiver) behind an adapter. The receiver itself counts as accepted without it. The
/// drain lasts until the source has ended, so a source without an end is cut short only by
/// [`.drain_timeout`](crate::Group::drain_timeout).
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// use std::time::Duration;
/// use taskgroup::{accepted, group};
/// use tokio::time::sleep;
///
/// let orders = vec!["tea", "rice", "salt", "oil"];
/// let (packed, letters) = group!(
///     packed = for order in accepted(orders) {
///         async move {
///             sleep(Duration::from_millis(10)).await;
///             Ok::<_, ()>(order)
///         }
///     },
///     letters = for n in 1..1_000 {
///         async move {
///             sleep(Duration::from_millis(10)).await;
///             Ok(n)
///         }
///     },
/// )
/// .limit(2)
/// .drain_on(sleep(Duration::from_millis(15)))
/// .await?;
/// assert_eq!(packed.len(), 4); // all that was accepted
/// assert!(letters.len() < 4); // what had begun
/// # Ok::<_, ()>(()) }).unwrap();
/// ```
pub fn accepted<S>(source: S) -> Accepted<S> {
    Accepted { source }
}

impl<S: Stream> Stream for Accepted<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.project().source.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.source.size_hint()
    }
}

impl<I: IntoIterator> IntoIterator for Accepted<I> {
    type Item = I::Item;
    type IntoIter = AcceptedIter<I::IntoIter>;

    fn into_iter(self) -> Self::IntoIter {
        AcceptedIter(self.source.into_iter())
    }
}

/// The iterator of an [`Accepted`] source.
#[derive(Debug, Clone)]
pub struct AcceptedIter<I>(I);

impl<I: Iterator> Iterator for AcceptedIter<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}
