//! The errors of sending and receiving.

use std::{error::Error, fmt, io};

use crate::error::Cancelled;

/// A message that was not sent, and the reason. The message is not lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendError<T> {
    /// The innermost group was cancelled first.
    Cancelled(T),
    /// The receiver is gone, or has closed the channel.
    Closed(T),
}

impl<T> SendError<T> {
    /// Returns the message.
    ///
    /// ```
    /// let (tx, _) = taskgroup::channel::unbounded();
    /// let error = tx.send("for somewhere else").unwrap_err();
    /// assert_eq!(error.into_inner(), "for somewhere else");
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            Self::Cancelled(message) | Self::Closed(message) => message,
        }
    }

    /// Replaces the message, and keeps the reason.
    ///
    /// ```
    /// use taskgroup::channel::{SendError, unbounded};
    ///
    /// let (tx, _) = unbounded();
    /// let error = tx.send("lost?").unwrap_err();
    /// assert!(!error.is_cancelled());
    /// assert_eq!(error.map(str::len), SendError::Closed(5));
    /// assert_eq!(error.into_inner(), "lost?");
    /// ```
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> SendError<U> {
        match self {
            Self::Cancelled(message) => SendError::Cancelled(with(message)),
            Self::Closed(message) => SendError::Closed(with(message)),
        }
    }

    /// Returns `true` if the reason is a cancellation, and not the receiver.
    ///
    /// ```
    /// let (tx, _) = taskgroup::channel::unbounded();
    /// assert!(!tx.send(1).unwrap_err().is_cancelled()); // the receiver is gone
    /// ```
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled(_))
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the message, whose type need not be `Debug`: `unwrap` and `expect` work for every channel.
        f.write_str(match self {
            Self::Cancelled(_) => "Cancelled(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cancelled(_) => "cancelled before the message was sent",
            Self::Closed(_) => "the receiver of the channel is gone",
        })
    }
}

impl<T> Error for SendError<T> {}

impl<T> From<SendError<T>> for io::Error {
    /// [`io::ErrorKind::BrokenPipe`] if the receiver is gone, [`io::ErrorKind::Other`] for a cancellation. The message
    /// is dropped.
    fn from(error: SendError<T>) -> Self {
        let kind = if error.is_cancelled() { io::ErrorKind::Other } else { io::ErrorKind::BrokenPipe };
        // Without the message, which need not be `Send`, `Sync` or `'static`, as an `io::Error` requires.
        Self::new(kind, error.map(drop))
    }
}

/// A message that could not be sent at once, and the reason.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// The innermost group is cancelled.
    Cancelled(T),
    /// The receiver is gone, or has closed the channel.
    Closed(T),
    /// There is no room now.
    Full(T),
}

impl<T> TrySendError<T> {
    /// Returns the message.
    ///
    /// ```
    /// let (tx, _rx) = taskgroup::channel::bounded(1);
    /// tx.try_send(1).unwrap();
    /// assert_eq!(tx.try_send(2).unwrap_err().into_inner(), 2);
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            Self::Cancelled(message) | Self::Closed(message) | Self::Full(message) => message,
        }
    }
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cancelled(_) => "Cancelled(..)",
            Self::Closed(_) => "Closed(..)",
            Self::Full(_) => "Full(..)",
        })
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cancelled(_) => "cancelled before the message was sent",
            Self::Closed(_) => "the receiver of the channel is gone",
            Self::Full(_) => "the channel has no room for the message now",
        })
    }
}

impl<T> Error for TrySendError<T> {}

/// The reason why there is neither a message nor the finished end of the stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecvError {
    /// The stream ended, but not every sender had called `finish`: what was received is incomplete. Which child did not is
    /// [`Receiver::abandoned_by`](super::Receiver::abandoned_by).
    #[error("the stream was abandoned: a sender was dropped without `finish()`, so what came is not the whole")]
    Abandoned,
    /// The innermost group was cancelled. What is buffered stays, and can be drained under [`shield`](crate::shield).
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<RecvError> for io::Error {
    /// [`io::ErrorKind::UnexpectedEof`] for half a stream; a cancellation as [`Cancelled`] itself.
    fn from(error: RecvError) -> Self {
        match error {
            RecvError::Abandoned => Self::new(io::ErrorKind::UnexpectedEof, error),
            RecvError::Cancelled(cancelled) => cancelled.into(),
        }
    }
}

/// The reason why there is neither a message at once nor the finished end of the stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TryRecvError {
    /// There is no message now.
    #[error("the channel has no message now")]
    Empty,
    /// As [`RecvError::Abandoned`].
    #[error("{}", RecvError::Abandoned)]
    Abandoned,
    /// As [`RecvError::Cancelled`].
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<RecvError> for TryRecvError {
    fn from(error: RecvError) -> Self {
        match error {
            RecvError::Abandoned => Self::Abandoned,
            RecvError::Cancelled(cancelled) => Self::Cancelled(cancelled),
        }
    }
}
