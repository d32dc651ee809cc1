//! The sending ends.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use tokio::sync::mpsc;

use super::{
    end::{EndState, SenderSide},
    error::{SendError, TrySendError},
    watch::{Watch, poll_cancelled, unless_cancelled},
};
use crate::{
    budget,
    error::Cancelled,
    observe::{Noted, Wait, noted},
    token,
};

/// The sending end of a [`bounded`](super::bounded) channel.
///
/// Call [`finish`](Self::finish) when it has sent everything. Dropped without that, it leaves the stream abandoned. Every
/// clone is a sender of its own, and has to finish too.
pub struct Sender<T> {
    // Before the queue, because fields are dropped in order: the end is withheld before the receiver can see it.
    side: SenderSide,
    queue: mpsc::Sender<T>,
}

impl<T> Sender<T> {
    pub(super) fn new(queue: mpsc::Sender<T>, end: &Arc<EndState>) -> Self {
        Self { side: SenderSide::new(end), queue }
    }

    /// Sends a message, and waits for room if there is none.
    ///
    /// # Errors
    /// [`SendError::Cancelled`] once the innermost group is cancelled, even if there is room; [`SendError::Closed`] once the
    /// receiver is gone. Both return the message.
    ///
    /// # Cancel safety
    /// If the future itself is dropped, the message is dropped with it, unsent. [`reserve`](Self::reserve) loses nothing.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// use std::time::Duration;
    /// use taskgroup::{channel::{SendError, bounded}, group};
    ///
    /// let (tx, mut rx) = bounded(1);
    /// tx.send("first").await.unwrap();
    /// let sent = group!(sender = async { Ok::<_, ()>(tx.send("second").await) })
    ///     .outcome()
    ///     .timeout(Duration::from_millis(1))
    ///     .await;
    /// assert_eq!(sent.unwrap(), Err(SendError::Cancelled("second"))); // it comes back
    /// assert_eq!(rx.recv().await, Ok(Some("first"))); // the buffer is as it was
    /// # });
    /// ```
    pub async fn send(&self, message: T) -> Result<(), SendError<T>> {
        match self.room().await {
            // Reserved first, so that a cancelled send still has its message to return.
            Ok(permit) => {
                permit.send(message);
                Ok(())
            }
            Err(None) => Err(SendError::Closed(message)),
            Err(Some(_)) => Err(SendError::Cancelled(message)),
        }
    }

    /// Waits for room; `Err` with the cancellation, if that was the reason.
    async fn room(&self) -> Result<mpsc::Permit<'_, T>, Option<Cancelled>> {
        // Nearly always there is room, and nothing to wait for: neither a place in the queue of senders nor a token.
        match poll_fn(|cx| self.poll_room_at_once(cx)).await? {
            Some(permit) => Ok(permit),
            None => self.wait_for_room().await,
        }
    }

    /// Takes room that is there; `None` if there is none, or no receiver. It takes no room from senders that wait: what becomes
    /// free is given to them first.
    #[inline]
    fn poll_room_at_once(&self, cx: &mut Context<'_>) -> Poll<Result<Option<mpsc::Permit<'_, T>>, Option<Cancelled>>> {
        if let Some(cancelled) = ready!(poll_cancelled(cx)) {
            return Poll::Ready(Err(Some(cancelled)));
        }
        // As in tokio's own `send`: a loop that sends yields to its siblings. A unit that brought nothing is given back.
        let unit = ready!(budget::poll_unit(cx));
        Poll::Ready(Ok(self.queue.try_reserve().ok().inspect(|_| unit.made_progress())))
    }

    #[inline(never)]
    async fn wait_for_room(&self) -> Result<mpsc::Permit<'_, T>, Option<Cancelled>> {
        let mut room = pin!(self.queue.reserve());
        let mut watch = Watch::default();
        let mut is_closed = false;
        poll_fn(|cx| {
            if let Some(cancelled) = ready!(poll_cancelled(cx)) {
                return Poll::Ready(Err(Some(cancelled)));
            }
            if !is_closed {
                match room.as_mut().poll(cx) {
                    Poll::Ready(Ok(permit)) => return Poll::Ready(Ok(permit)),
                    Poll::Ready(Err(_)) => is_closed = true,
                    Poll::Pending => {}
                }
            }
            // The receiver is gone, but the failure behind that may not be noted yet: it comes first.
            if is_closed && self.side.end().poll_visible(cx).is_ready() {
                return Poll::Ready(Err(None));
            }
            // Registered only now, so that a call which need not wait makes no token.
            noted(Wait::Send, watch.listen(cx)).map(|cancelled| Err(Some(cancelled)))
        })
        .await
    }

    /// Waits for room for one message, and holds it until the message is sent or the permit dropped.
    ///
    /// # Errors
    /// As [`send`](Self::send), without a message to return.
    ///
    /// # Cancel safety
    /// Only the place in the queue of waiting senders is lost if it is dropped.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, mut rx) = taskgroup::channel::bounded(1);
    /// let permit = tx.reserve().await.unwrap();
    /// let message = "made only now that there is room for it";
    /// permit.send(message);
    /// assert_eq!(rx.recv().await, Ok(Some(message)));
    /// # });
    /// ```
    pub async fn reserve(&self) -> Result<Permit<'_, T>, SendError<()>> {
        match self.room().await {
            Ok(permit) => Ok(Permit(permit)),
            Err(None) => Err(SendError::Closed(())),
            Err(Some(_)) => Err(SendError::Cancelled(())),
        }
    }

    /// Sends a message if there is room at once.
    ///
    /// # Errors
    /// [`TrySendError`], with the message.
    ///
    /// ```
    /// use taskgroup::channel::{TrySendError, bounded};
    ///
    /// let (tx, rx) = bounded(1);
    /// assert_eq!((tx.capacity(), tx.max_capacity()), (1, 1));
    /// tx.try_send(1).unwrap();
    /// assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    /// assert_eq!(tx.capacity(), 0);
    /// drop(rx);
    /// assert_eq!(tx.try_send(2).unwrap_err().into_inner(), 2);
    /// ```
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        if token::answers_cancelled() {
            return Err(TrySendError::Cancelled(message));
        }
        match self.queue.try_send(message) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Full(message)) => Err(TrySendError::Full(message)),
            // While the receiver's end is withheld, an answer to it could be taken for the first failure.
            Err(mpsc::error::TrySendError::Closed(message)) => match too_late(self.side.end(), message) {
                None => Ok(()),
                Some(message) => Err(TrySendError::Closed(message)),
            },
        }
    }

    /// Sends everything that a stream yields, to its end. The sender still has to [`finish`](Self::finish) afterwards.
    ///
    /// # Errors
    /// As [`send`](Self::send), with the message that was being sent, or `None` if the stream had none ready when the
    /// group was cancelled. What the stream has not yielded stays in it, if it was passed by `&mut`.
    ///
    /// # Cancel safety
    /// If the future itself is dropped, one message may be lost with it.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use taskgroup::channel::{bounded, unbounded};
    ///
    /// let (numbers, source) = unbounded();
    /// numbers.send(1).unwrap();
    /// numbers.finish(); // `source` is a stream with one message
    ///
    /// let (tx, mut rx) = bounded(8);
    /// tx.send_all(source).await.unwrap();
    /// tx.finish();
    /// assert_eq!(rx.recv().await, Ok(Some(Ok(1)))); // streams of receivers yield results
    /// assert_eq!(rx.recv().await, Ok(None));
    /// # });
    /// ```
    pub async fn send_all<S: Stream<Item = T>>(&self, messages: S) -> Result<(), SendError<Option<T>>> {
        let mut messages = pin!(messages);
        // The wait for the stream is cancellable too, or an idle stream would outlast its group.
        loop {
            match unless_cancelled(poll_fn(|cx| messages.as_mut().poll_next(cx))).await {
                Err(_) => return Err(SendError::Cancelled(None)),
                Ok(None) => return Ok(()),
                Ok(Some(message)) => self.send(message).await.map_err(|error| error.map(Some))?,
            }
        }
    }

    /// Sends from a thread that may block, such as that of a `#[blocking]` child. A cancellation ends it as promptly.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Panics
    /// In async code: write `send(…).await` there.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
    /// use taskgroup::{channel::{RecvError, bounded}, group};
    ///
    /// let (tx, mut rx) = bounded(1);
    /// let (_, first) = group!(
    ///     #[blocking]
    ///     producer = move || {
    ///         let _ = tx.blocking_send("from a thread");
    ///         Ok(tx.finish())
    ///     },
    ///     first = async { rx.recv().await },
    /// )
    /// .error::<RecvError>()
    /// .await
    /// .unwrap();
    /// assert_eq!(first, Some("from a thread"));
    /// # });
    /// ```
    #[track_caller]
    pub fn blocking_send(&self, message: T) -> Result<(), SendError<T>> {
        super::watch::block_on(self.send(message))
    }

    /// Marks this sender as finished. When every sender has been marked, the stream ends with `Ok(None)`.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use taskgroup::channel::{RecvError, unbounded};
    ///
    /// let (tx, mut rx) = unbounded();
    /// let other = tx.clone();
    /// tx.send(1).unwrap();
    /// tx.finish();
    /// drop(other); // not finished: something may be missing
    /// assert_eq!(rx.recv().await, Ok(Some(1)));
    /// assert_eq!(rx.recv().await, Err(RecvError::Abandoned));
    /// # });
    /// ```
    pub fn finish(mut self) {
        self.side.finish();
    }

    /// Waits until the receiver is gone, or has closed the channel. A cancellation does not end the wait; see
    /// [`or_cancelled`](crate::or_cancelled).
    ///
    /// # Cancel safety
    /// Nothing is lost if it is dropped.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, rx) = taskgroup::channel::bounded::<u8>(1);
    /// assert!(!tx.is_closed());
    /// drop(rx);
    /// tx.closed().await;
    /// assert!(tx.is_closed());
    /// # });
    /// ```
    pub async fn closed(&self) {
        Noted::new(Wait::Closed, self.queue.closed()).await;
        // Closed, but it may still be withheld that it is.
        poll_fn(|cx| self.side.end().poll_visible(cx)).await;
    }

    /// Returns `true` if the receiver is gone, or has closed the channel.
    ///
    /// ```
    /// let (tx, mut rx) = taskgroup::channel::bounded::<u8>(1);
    /// assert!(!tx.is_closed());
    /// rx.close();
    /// assert!(tx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.queue.is_closed() && !self.side.end().is_withheld()
    }

    /// Returns the number of messages for which there is room now.
    ///
    /// ```
    /// let (tx, _rx) = taskgroup::channel::bounded(2);
    /// tx.try_send("takes a place").unwrap();
    /// assert_eq!(tx.capacity(), 1);
    /// ```
    pub fn capacity(&self) -> usize {
        self.queue.capacity()
    }

    /// Returns the number of messages that the channel holds at most.
    ///
    /// ```
    /// let (tx, _rx) = taskgroup::channel::bounded(2);
    /// tx.try_send("takes a place").unwrap();
    /// assert_eq!(tx.max_capacity(), 2);
    /// ```
    pub fn max_capacity(&self) -> usize {
        self.queue.max_capacity()
    }

    /// Returns `true` if both send to the same receiver.
    ///
    /// ```
    /// use taskgroup::channel::bounded;
    ///
    /// let (tx, (other, _)) = (bounded::<u8>(1).0, bounded::<u8>(1));
    /// assert!(tx.same_channel(&tx.clone()) && !tx.same_channel(&other));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        self.queue.same_channel(&other.queue)
    }
}

/// Returns a message that could not be sent because the receiver is gone, unless that end is withheld. In that case the
/// message counts as sent a moment earlier, and was dropped with the receiver.
pub(super) fn too_late<T>(end: &Arc<EndState>, message: T) -> Option<T> {
    if end.is_withheld() { None } else { Some(message) }
}

impl<T> Clone for Sender<T> {
    /// Makes another sender, which has to finish too.
    fn clone(&self) -> Self {
        Self { side: self.side.clone(), queue: self.queue.clone() }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}

/// Room for one message, held until it is used or dropped. See [`Sender::reserve`].
#[must_use = "dropping the permit gives the room back"]
pub struct Permit<'a, T>(mpsc::Permit<'a, T>);

impl<T> Permit<'_, T> {
    /// Sends the message. There is room, so this neither waits nor fails; if the receiver has gone since, the message is
    /// dropped.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, mut rx) = taskgroup::channel::bounded(1);
    /// tx.reserve().await.unwrap().send("there is room");
    /// assert_eq!(rx.recv().await, Ok(Some("there is room")));
    /// # });
    /// ```
    pub fn send(self, message: T) {
        self.0.send(message);
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}
