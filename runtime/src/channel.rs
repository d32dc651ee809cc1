//! Channels between the children of groups: tokio's `mpsc` with the group's cancellation, and an end of stream that
//! distinguishes *finished* from *abandoned*.
//!
//! **The end.** A stream is complete only if every [`Sender`], clones included, has called [`finish`](Sender::finish) after
//! it had sent everything. If one of them is dropped without that, because its child failed, panicked or was cancelled, the
//! end is [`RecvError::Abandoned`]. So half a stream is never taken for a complete one, and the usual loop is correct:
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use taskgroup::{channel, channel::RecvError, group};
//!
//! let (tx, mut rx) = channel::bounded(16);
//! let (_, sum) = group!(
//!     numbers = async move {
//!         for n in 1..=10 {
//!             if tx.send(n).await.is_err() {
//!                 return Ok(()); // cancelled, or the receiver is gone; dropping `tx` abandons the stream
//!             }
//!         }
//!         tx.finish();
//!         Ok(())
//!     },
//!     sum = async move {
//!         let mut sum = 0;
//!         while let Some(n) = rx.recv().await? {
//!             sum += n;
//!         }
//!         Ok::<u64, RecvError>(sum)
//!     },
//! )
//! .await?;
//! assert_eq!(sum, 55);
//! # Ok::<_, RecvError>(()) }).unwrap();
//! ```
//!
//! **Cancellation.** [`Sender::send`] and [`Receiver::recv`] end promptly when the innermost group is cancelled; no token is
//! passed. It is checked before the data, so a loop over a channel that is never empty ends too. A cancelled `send` returns
//! its message, a cancelled `recv` loses none: what is buffered stays, and can be drained under
//! [`shield`](crate::shield), inside which no cancellation is seen. Outside any group nothing is ever cancelled.
//!
//! **The first failure.** A child that fails drops its ends of channels a moment before it returns its error. Its siblings
//! see those ends when that poll of the child is over and its failure has been recorded, so the first error of the group is
//! the child's own, and not an `Abandoned` or a `Closed` that merely followed from it. The other side does not wait for the
//! owner of the child to be polled: a program that ends with tokio's `mpsc` ends with these channels too. If the poll
//! itself blocks, in `block_in_place` for instance, the end is visible after 100 ms.
//!
//! That holds among the inline and spawned children of one group. An error that merely followed can still come first from
//! a group further out or further in; after a `#[blocking]` child, whose ends are visible at once; and after a sender that
//! was dropped in an earlier poll than the one that failed.
//!
//! **Who it was.** [`Receiver::abandoned_by`] returns the name of the child that dropped a sender without `finish`, where that
//! is known: it is for the text of an error, or a log. [`RecvError::Abandoned`] itself carries none, so it compares and matches
//! as it is.
//!
//! In Go, closing a channel means both "that was all" and "I have ended", and a receiver cannot tell a producer that failed
//! from one that has finished.

mod end;
mod error;
mod receiver;
mod sender;
mod unbounded;
mod watch;

pub use self::{
    error::{RecvError, SendError, TryRecvError, TrySendError},
    receiver::Receiver,
    sender::{Permit, Sender},
    unbounded::UnboundedSender,
};

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use self::{end::EndState, receiver::Queue};

/// Makes a channel that holds at most `capacity` messages; a [`Sender`] waits for room.
///
/// # Panics
/// If `capacity` is 0, at the line of the caller.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (tx, mut rx) = taskgroup::channel::bounded(8);
/// tx.send("all there is").await.unwrap();
/// tx.finish();
/// assert_eq!(rx.recv().await, Ok(Some("all there is")));
/// assert_eq!(rx.recv().await, Ok(None));
/// # });
/// ```
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(capacity > 0, "`bounded(0)` could never hold a message; write `bounded(1)` for the smallest channel");
    // Beyond that number, tokio panics; no memory holds so many messages anyway.
    let (tx, rx) = mpsc::channel(capacity.min(Semaphore::MAX_PERMITS));
    let end = Arc::new(EndState::default());
    (Sender::new(tx, &end), Receiver::new(Queue::Bounded(rx), &end))
}

/// Makes a channel that takes every message at once. If the receiver is too slow, the messages fill the memory: prefer
/// [`bounded`].
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use taskgroup::channel::{RecvError, unbounded};
///
/// let (tx, mut rx) = unbounded();
/// tx.send(1).unwrap();
/// drop(tx); // without `finish`
/// assert_eq!(rx.recv().await, Ok(Some(1)));
/// assert_eq!(rx.recv().await, Err(RecvError::Abandoned));
/// # });
/// ```
pub fn unbounded<T>() -> (UnboundedSender<T>, Receiver<T>) {
    let (tx, rx) = mpsc::unbounded_channel();
    let end = Arc::new(EndState::default());
    (UnboundedSender::new(tx, &end), Receiver::new(Queue::Unbounded(rx), &end))
}
