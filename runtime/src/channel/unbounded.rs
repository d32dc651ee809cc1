//! The sending end of a channel without a bound.

use std::{fmt, future::poll_fn, sync::Arc};

use tokio::sync::mpsc;

use super::{
    end::{EndState, SenderSide},
    error::SendError,
    sender::too_late,
};
use crate::{
    observe::{Noted, Wait},
    token,
};

/// The sending end of an [`unbounded`](super::unbounded) channel: as [`Sender`](super::Sender), but there is always room.
pub struct UnboundedSender<T> {
    // Before the queue, as in `Sender`.
    side: SenderSide,
    queue: mpsc::UnboundedSender<T>,
}

impl<T> UnboundedSender<T> {
    pub(super) fn new(queue: mpsc::UnboundedSender<T>, end: &Arc<EndState>) -> Self {
        Self { side: SenderSide::new(end), queue }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// As [`Sender::send`](super::Sender::send).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, mut rx) = taskgroup::channel::unbounded();
    /// assert!(tx.same_channel(&tx.clone()));
    /// tx.send("no wait").unwrap();
    /// assert_eq!(rx.recv().await, Ok(Some("no wait")));
    /// drop(rx);
    /// tx.closed().await;
    /// assert!(tx.is_closed());
    /// assert_eq!(tx.send("too late").unwrap_err().into_inner(), "too late");
    /// tx.finish();
    /// # });
    /// ```
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        if token::answers_cancelled() {
            return Err(SendError::Cancelled(message));
        }
        match self.queue.send(message) {
            Ok(()) => Ok(()),
            Err(mpsc::error::SendError(message)) => match too_late(self.side.end(), message) {
                None => Ok(()),
                Some(message) => Err(SendError::Closed(message)),
            },
        }
    }

    /// Marks this sender as finished: as [`Sender::finish`](super::Sender::finish).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, mut rx) = taskgroup::channel::unbounded::<u8>();
    /// tx.finish();
    /// assert_eq!(rx.recv().await, Ok(None)); // complete, and not `Abandoned`
    /// # });
    /// ```
    pub fn finish(mut self) {
        self.side.finish();
    }

    /// Waits until the receiver is gone: as [`Sender::closed`](super::Sender::closed).
    ///
    /// # Cancel safety
    /// Nothing is lost if it is dropped.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, rx) = taskgroup::channel::unbounded::<u8>();
    /// drop(rx);
    /// tx.closed().await; // nothing that would be produced from now on is of use
    /// # });
    /// ```
    pub async fn closed(&self) {
        Noted::new(Wait::Closed, self.queue.closed()).await;
        // Closed, but it may still be withheld, as in `Sender::closed`.
        poll_fn(|cx| self.side.end().poll_visible(cx)).await;
    }

    /// Returns `true` if the receiver is gone, or has closed the channel.
    ///
    /// ```
    /// let (tx, mut rx) = taskgroup::channel::unbounded::<u8>();
    /// assert!(!tx.is_closed());
    /// rx.close();
    /// assert!(tx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.queue.is_closed() && !self.side.end().is_withheld()
    }

    /// Returns `true` if both send to the same receiver.
    ///
    /// ```
    /// use taskgroup::channel::unbounded;
    ///
    /// let (tx, (other, _)) = (unbounded::<u8>().0, unbounded::<u8>());
    /// assert!(tx.same_channel(&tx.clone()) && !tx.same_channel(&other));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        self.queue.same_channel(&other.queue)
    }
}

impl<T> Clone for UnboundedSender<T> {
    /// Makes another sender, which has to finish too.
    fn clone(&self) -> Self {
        Self { side: self.side.clone(), queue: self.queue.clone() }
    }
}

impl<T> fmt::Debug for UnboundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnboundedSender").finish_non_exhaustive()
    }
}
