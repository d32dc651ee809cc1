//! The receiving end.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use tokio::sync::mpsc;

use super::{
    end::{EndState, ReceiverSide},
    error::{RecvError, TryRecvError},
    watch::{Watch, block_on, poll_answer},
};
use crate::{
    name::Name,
    observe::{Wait, noted},
    token,
};

/// The queue of either kind of channel.
pub(super) enum Queue<T> {
    Bounded(mpsc::Receiver<T>),
    Unbounded(mpsc::UnboundedReceiver<T>),
}

/// The same call on either queue.
macro_rules! either {
    ($queue:expr, $rx:ident => $call:expr) => {
        match $queue {
            Queue::Bounded($rx) => $call,
            Queue::Unbounded($rx) => $call,
        }
    };
}

/// The receiving end of a channel. It is also a [`Stream`] of `Result<T, RecvError>`.
///
/// [`Stream`]: https://docs.rs/futures-core/0.3/futures_core/stream/trait.Stream.html
pub struct Receiver<T> {
    // Before the queue, because fields are dropped in order: the end is withheld before the senders can see it.
    side: ReceiverSide,
    queue: Queue<T>,
    watch: Watch,
    /// Whether the stream has yielded `Abandoned`, which it does once.
    was_reported: bool,
}

impl<T> Receiver<T> {
    pub(super) fn new(queue: Queue<T>, end: &Arc<EndState>) -> Self {
        Self { side: ReceiverSide::new(end), queue, watch: Watch::default(), was_reported: false }
    }

    /// Receives the next message, or `None` at the end of a complete stream: every sender has called `finish`, and
    /// everything has been received.
    ///
    /// # Errors
    /// [`RecvError::Abandoned`] at the end of a stream that a sender did not finish; [`RecvError::Cancelled`] once the
    /// innermost group is cancelled, even if there are messages.
    ///
    /// # Cancel safety
    /// No message is lost if the future is dropped, or cancelled.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// use std::time::Duration;
    /// use taskgroup::{channel::{RecvError, unbounded}, group, shield};
    ///
    /// let (tx, mut rx) = unbounded();
    /// tx.send(1).unwrap();
    /// let last = group!(reader = async {
    ///     assert_eq!(rx.recv().await, Ok(Some(1)));
    ///     assert!(matches!(rx.recv().await, Err(RecvError::Cancelled(_)))); // the timeout below
    ///     tx.send(2).unwrap_err(); // cancelled too, so the message is not sent …
    ///     shield(async { tx.send(3) }).await.unwrap();
    ///     Ok::<_, RecvError>(shield(rx.recv()).await?) // … but what is there can be drained
    /// })
    /// .timeout(Duration::from_millis(1))
    /// .grace(Duration::from_secs(1))
    /// .await;
    /// assert_eq!(last, Ok(Some(3)));
    /// # });
    /// ```
    #[inline]
    pub fn recv(&mut self) -> impl Future<Output = Result<Option<T>, RecvError>> + use<'_, T> {
        // No `async fn`: its states cost more than the check for a cancellation.
        Recv(self)
    }

    /// Polls for the next message, in hand-written futures: as [`recv`](Self::recv).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, mut rx) = taskgroup::channel::unbounded();
    /// tx.send(7).unwrap();
    /// let received = std::future::poll_fn(|cx| rx.poll_recv(cx)).await;
    /// assert_eq!(received, Ok(Some(7)));
    /// # });
    /// ```
    #[inline(always)]
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<T>, RecvError>> {
        self.poll_with(cx, |queue, cx| either!(queue, rx => rx.poll_recv(cx)))
    }

    /// Polls for a cancellation, then the queue, then its end. `None` from the queue is its end.
    #[inline(always)]
    fn poll_with<R>(
        &mut self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Queue<T>, &mut Context<'_>) -> Poll<Option<R>>,
    ) -> Poll<Result<Option<R>, RecvError>> {
        // Before the data: a loop over a channel that is never empty ends too.
        if token::answers_cancelled() {
            if let Some(answer) = poll_answer_to_recv(cx) {
                return answer.map_ok(|()| None);
            }
        }
        match poll(&mut self.queue, cx) {
            Poll::Ready(Some(received)) => Poll::Ready(Ok(Some(received))),
            ended => self.poll_without_message(ended.is_ready(), cx).map_ok(|()| None),
        }
    }

    /// Polls for the end of the stream, if the queue has ended, and for a cancellation.
    #[inline(never)]
    fn poll_without_message(&mut self, has_ended: bool, cx: &mut Context<'_>) -> Poll<Result<(), RecvError>> {
        // An end that is withheld is waited for: a failure behind it is to be noted first.
        if has_ended && self.side.end().poll_known(cx).is_ready() {
            return Poll::Ready(self.end());
        }
        // Kept for the next wait, which is nearly always in the same group: to register is dearer than to find it done.
        noted(Wait::Recv, self.watch.listen(cx)).map(|cancelled| Err(cancelled.into()))
    }

    /// Returns what the end of the queue means.
    fn end(&self) -> Result<(), RecvError> {
        if self.side.end().is_whole() { Ok(()) } else { Err(RecvError::Abandoned) }
    }

    /// Returns the child that abandoned the stream: the first one that dropped a sender without `finish`, because it failed,
    /// panicked, was cancelled, or forgot to call it.
    ///
    /// It is the name that a [`Cause`](crate::Cause) would have, and is known before what is buffered has been received. When
    /// [`recv`](Self::recv) returns [`RecvError::Abandoned`], it is there.
    ///
    /// `None` as long as every sender is there or has finished, and where it is not known: the sender was dropped outside any
    /// group, or by code that belongs to no child; or the poll that dropped it is not over, because it blocks or is the child's
    /// own.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use taskgroup::{channel::{RecvError, bounded}, group};
    ///
    /// let (tx, mut rx) = bounded(4);
    /// group!(
    ///     readings = for n in 0..3 {
    ///         let tx = tx.clone();
    ///         async move {
    ///             tx.send(n).await.unwrap();
    ///             if n != 1 {
    ///                 tx.finish(); // one of them forgets it
    ///             }
    ///             Ok::<_, RecvError>(())
    ///         }
    ///     },
    /// )
    /// .await?;
    /// tx.finish();
    /// while let Ok(Some(_)) = rx.recv().await {}
    /// assert_eq!(rx.abandoned_by().unwrap(), "readings[1]");
    /// # Ok::<_, RecvError>(()) }).unwrap();
    /// ```
    pub fn abandoned_by(&self) -> Option<Name> {
        self.side.end().abandoned_by()
    }

    /// Receives up to `limit` messages into `buffer`, and waits if there is none. Returns their number: 0 at the end of a
    /// complete stream, or if `limit` is 0.
    ///
    /// # Errors
    /// As [`recv`](Self::recv). Nothing has been added to `buffer` then.
    ///
    /// # Cancel safety
    /// No message is lost if the future is dropped, or cancelled.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, mut rx) = taskgroup::channel::unbounded();
    /// (1..=5).for_each(|n| tx.send(n).unwrap());
    /// tx.finish();
    /// let mut buffer = Vec::new();
    /// assert_eq!(rx.recv_many(&mut buffer, 3).await, Ok(3));
    /// assert_eq!(rx.recv_many(&mut buffer, 3).await, Ok(2));
    /// assert_eq!(rx.recv_many(&mut buffer, 3).await, Ok(0)); // the end of a complete stream
    /// assert_eq!(buffer, [1, 2, 3, 4, 5]);
    /// # });
    /// ```
    pub async fn recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> Result<usize, RecvError> {
        // The queue returns 0 at its end, and also if nothing was asked for.
        let some = |count: usize| if count == 0 && limit > 0 { None } else { Some(count) };
        let poll = |queue: &mut Queue<T>, cx: &mut Context<'_>, buffer: &mut Vec<T>| {
            either!(queue, rx => rx.poll_recv_many(cx, buffer, limit)).map(some)
        };
        let received = poll_fn(|cx| self.poll_with(cx, |queue, cx| poll(queue, cx, buffer))).await?;
        Ok(received.unwrap_or(0))
    }

    /// Receives the next message, or `None` at the end of a complete stream, without waiting.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] if there is nothing now; else as [`recv`](Self::recv).
    ///
    /// ```
    /// use taskgroup::channel::{TryRecvError, unbounded};
    ///
    /// let (tx, mut rx) = unbounded();
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    /// tx.send(1).unwrap();
    /// assert_eq!((rx.len(), rx.is_empty(), rx.capacity()), (1, false, None));
    /// assert_eq!(rx.try_recv(), Ok(Some(1)));
    /// tx.finish();
    /// assert_eq!(rx.try_recv(), Ok(None));
    /// ```
    pub fn try_recv(&mut self) -> Result<Option<T>, TryRecvError> {
        // A cancellation comes before the data, so that a loop over a channel that is never empty ends.
        if let Some(cancelled) = token::answer() {
            return Err(cancelled.into());
        }
        match either!(&mut self.queue, rx => rx.try_recv()) {
            Ok(message) => Ok(Some(message)),
            Err(mpsc::error::TryRecvError::Disconnected) if !self.side.end().is_withheld() => {
                Ok(self.end().map(|()| None)?)
            }
            // Withheld: to this code, the sender is still there.
            Err(_) => Err(TryRecvError::Empty),
        }
    }

    /// Receives on a thread that may block, such as that of a `#[blocking]` child. A cancellation ends it as promptly.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Panics
    /// In async code: write `recv().await` there.
    ///
    /// ```
    /// let (tx, mut rx) = taskgroup::channel::unbounded();
    /// tx.send("for a thread").unwrap();
    /// assert_eq!(rx.blocking_recv(), Ok(Some("for a thread"))); // on a `#[blocking]` child's thread, for instance
    /// ```
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Result<Option<T>, RecvError> {
        block_on(self.recv())
    }

    /// Closes the channel to its senders; what is buffered can still be received. The end is `Abandoned` all the same if a
    /// sender has not finished.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, mut rx) = taskgroup::channel::bounded(2);
    /// tx.send("is kept").await.unwrap();
    /// rx.close();
    /// assert!(rx.is_closed() && tx.send("is not").await.is_err());
    /// assert_eq!(rx.recv().await, Ok(Some("is kept")));
    /// # });
    /// ```
    pub fn close(&mut self) {
        either!(&mut self.queue, rx => rx.close());
    }

    /// Returns `true` if no message can be sent any more: all senders are gone, or the channel was [closed](Self::close).
    ///
    /// ```
    /// let (tx, rx) = taskgroup::channel::unbounded::<u8>();
    /// assert!(!rx.is_closed());
    /// tx.finish();
    /// assert!(rx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        either!(&self.queue, rx => rx.is_closed()) && !self.side.end().is_withheld()
    }

    /// Returns the number of buffered messages.
    ///
    /// ```
    /// let (tx, rx) = taskgroup::channel::unbounded();
    /// (0..3).for_each(|n| tx.send(n).unwrap());
    /// assert_eq!(rx.len(), 3);
    /// ```
    pub fn len(&self) -> usize {
        either!(&self.queue, rx => rx.len())
    }

    /// Returns `true` if no message is buffered.
    ///
    /// ```
    /// let (tx, rx) = taskgroup::channel::unbounded();
    /// assert!(rx.is_empty());
    /// tx.send(1).unwrap();
    /// assert!(!rx.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of messages for which there is room now; `None` for an unbounded channel.
    ///
    /// ```
    /// use taskgroup::channel::{bounded, unbounded};
    ///
    /// let (tx, rx) = bounded(2);
    /// tx.try_send("a").unwrap();
    /// assert!(rx.len() == 1 && !rx.is_empty() && rx.capacity() == Some(1));
    /// drop(tx);
    /// assert!(rx.is_closed()); // what is buffered can still be received
    /// assert_eq!(unbounded::<u8>().1.capacity(), None);
    /// ```
    pub fn capacity(&self) -> Option<usize> {
        match &self.queue {
            Queue::Bounded(rx) => Some(rx.capacity()),
            Queue::Unbounded(_) => None,
        }
    }
}

/// Polls for the answer in a cancelled group; `None` if it is not cancelled after all.
#[cold]
#[inline(never)]
fn poll_answer_to_recv(cx: &mut Context<'_>) -> Option<Poll<Result<(), RecvError>>> {
    match poll_answer(cx) {
        Poll::Ready(None) => None,
        Poll::Ready(Some(cancelled)) => Some(Poll::Ready(Err(cancelled.into()))),
        Poll::Pending => Some(Poll::Pending),
    }
}

/// The future of [`Receiver::recv`].
#[must_use = "futures do nothing unless awaited"]
struct Recv<'a, T>(&'a mut Receiver<T>);

impl<T> Future for Recv<'_, T> {
    type Output = Result<Option<T>, RecvError>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_recv(cx)
    }
}

impl<T> Stream for Receiver<T> {
    type Item = Result<T, RecvError>;

    /// Yields `None` at the end of a complete stream. An abandoned stream yields its error once, and `None` after that; a
    /// cancelled one yields its error at every poll, because its messages are still there.
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.was_reported {
            return Poll::Ready(None);
        }
        let received = ready!(self.poll_recv(cx));
        // Only this error ends the stream. After a cancellation its messages are still there, under `shield`.
        self.was_reported = matches!(received, Err(RecvError::Abandoned));
        Poll::Ready(received.transpose())
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("len", &self.len()).finish_non_exhaustive()
    }
}
