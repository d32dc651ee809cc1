//! Channels between the children of groups: tokio's `mpsc` with the group's cancellation and an honest end of stream.
//!
//! **The end.** A stream is whole only if everybody who sent to it says so: each [`Sender`], clones included, calls
//! [`finish`](Sender::finish) when it has sent everything. If one of them is dropped without that, because its child
//! failed, panicked or was cancelled, the end is [`RecvError::Abandoned`]. So half a stream is never taken for the
//! whole, and the usual loop cannot get it wrong:
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
//!                 return Ok(()); // cancelled, or nobody listens; dropping `tx` abandons the stream
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
//! **Cancellation.** [`Sender::send`] and [`Receiver::recv`] end promptly when the innermost group is cancelled; nobody
//! passes a token. It is looked at before the data, so a loop over a channel that never runs dry ends too. A cancelled
//! `send` gives its message back, a cancelled `recv` loses none: what is buffered stays, and can be drained under
//! [`shield`](crate::shield), inside which no cancellation is seen. Outside any group nothing is ever cancelled.
//!
//! **Who failed first.** A spawned child that fails drops its ends of channels a moment before its group can know of the
//! failure. Its neighbours do not hear of that before the group does, so the first error of the group is the child's own,
//! and not an `Abandoned` or a `Closed` that merely followed from it. (Not so for a blocking child: finish or fail there
//! as you would, but expect either error.)
//!
//! In Go, closing a channel says at once "that was all" and "I have ended", and a receiver cannot tell a producer that
//! failed from one that is done.

mod end;
mod error;
mod receiver;
mod sender;
mod watch;

pub use self::{
    error::{RecvError, SendError, TryRecvError, TrySendError},
    receiver::Receiver,
    sender::{Permit, Sender, UnboundedSender},
};

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use self::{end::EndState, receiver::Queue};

/// A channel that holds at most `capacity` messages; a [`Sender`] waits for room.
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
    let (tx, rx) = mpsc::channel(capacity.min(Semaphore::MAX_PERMITS));
    let end = Arc::new(EndState::default());
    (Sender::new(tx, &end), Receiver::new(Queue::Bounded(rx), &end))
}

/// A channel that takes every message at once. What its receiver is too slow for fills the memory: prefer [`bounded`].
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
