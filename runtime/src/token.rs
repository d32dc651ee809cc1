//! The token of a group, for its children: free functions that look at the group that is being polled.

mod shield;
pub(crate) mod wait;

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use self::shield::{in_current_group, shield, with_current_group};
pub(crate) use self::wait::WaitCancelled;
use self::wait::WaitDraining;
use crate::probe;
use crate::{
    context::{self, asking},
    error::{Cancelled, Cause},
    observe::{Noted, Wait},
};

/// Waits until the innermost group is cancelled, and returns the cause. Outside a group it never resolves.
///
/// The future belongs to the group that first polls it, even if it is moved elsewhere later. If it is first polled outside
/// any group, by a library on a task of its own, it belongs to the group in which `cancelled()` was called. It never keeps
/// that group waiting, and resolves when the group ends.
///
/// # Loops
/// Once the group is cancelled it is ready at once: 32 times in one poll of a child. After that it pends once, with a wake-up,
/// so that a loop around it which does not leave still yields, and can be dropped. So do [`or_cancelled`], [`draining`], a
/// group that starts cancelled, and `send` and `recv` of the channels of this crate. `now_or_never` is no way to ask:
/// [`is_cancelled`] always knows.
///
/// Kotlin calls this "cooperative cancellation"; in Go one selects on `ctx.Done()`, if the context was passed along.
///
/// # Cancel safety
/// A cancellation is a level, not an edge: nothing is lost if the future is dropped, and the next one resolves at once.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use std::time::Duration;
/// use taskgroup::{Cause, cancelled, group};
///
/// let stopped = group!(
///     server = async {
///         let why = cancelled().await;
///         assert!(matches!(why.cause(), Cause::Failed { child } if child == "broken"));
///         Ok(())
///     },
///     broken = async { Err::<(), _>("broken") },
/// )
/// .grace(Duration::from_secs(1))
/// .await;
/// assert_eq!(stopped, Err("broken"));
/// # });
/// ```
#[doc(alias = "CancellationToken")]
#[doc(alias = "Done")]
pub fn cancelled() -> impl Future<Output = Cancelled> + Send + 'static {
    Noted::new(Wait::Cancelled, WaitCancelled::captured())
}

/// Returns `true` if the innermost group is cancelled, for loops and for blocking code. Outside a group it is `false`.
///
/// It costs one load until a token has been asked for in the outermost group, so it can be called in a tight loop.
///
/// ```
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
/// use taskgroup::{group, is_cancelled};
///
/// let broken = group!(
///     #[blocking]
///     rounds = || {
///         while !is_cancelled() {
///             std::thread::yield_now(); // one round
///         }
///         Ok(())
///     },
///     async { Err::<(), _>("broken") },
/// );
/// assert_eq!(broken.await, Err("broken"));
/// assert!(!is_cancelled()); // outside a group
/// # });
/// ```
pub fn is_cancelled() -> bool {
    let cancelled = asking::note_and_is_cancelled();
    probe::looked(cancelled);
    cancelled
}

/// Returns why the innermost group was cancelled; `None` if it was not, and outside a group.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use taskgroup::{cancelled, cause, group};
///
/// let why = async {
///     assert_eq!(cause(), None);
///     cancelled().await;
///     Ok(assert_eq!(cause().unwrap().to_string(), "`broken` failed"))
/// };
/// assert_eq!(group!(why, broken = async { Err::<(), _>("it") }).await, Err("it"));
/// # });
/// ```
pub fn cause() -> Option<Cause> {
    let cause = if asking::note_and_is_cancelled() { context::peek(|scope| scope.cause()).flatten() } else { None };
    probe::looked(cause.is_some());
    cause
}

/// Returns early if the innermost group is cancelled, from a loop or from blocking code: `checkpoint()?`.
///
/// # Errors
/// [`Cancelled`] once the innermost group is cancelled.
///
/// ```
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
/// use taskgroup::{Cancelled, checkpoint, group};
///
/// let sum = group!(
///     #[blocking]
///     sum = || {
///         let mut sum = 0_u64;
///         for n in 0..1_000 {
///             checkpoint()?; // the way out, if the group is cancelled
///             sum += n;
///         }
///         Ok::<_, Cancelled>(sum)
///     },
/// );
/// assert_eq!(sum.await, Ok(499_500));
/// # });
/// ```
#[doc(alias = "ensureActive")]
pub fn checkpoint() -> Result<(), Cancelled> {
    match cause() {
        Some(cause) => Err(Cancelled::new(cause)),
        None => Ok(()),
    }
}

/// Returns `true` if the innermost group is cancelled, for something of ours that answers so.
#[inline]
pub(crate) fn answers_cancelled() -> bool {
    let cancelled = asking::look_and_is_cancelled();
    probe::looked(cancelled);
    cancelled
}

/// Returns the cancellation of the innermost group, for something of ours that answers with it. Code that gets no
/// such answer has not asked.
pub(crate) fn answer() -> Option<Cancelled> {
    let cause = if answers_cancelled() { context::peek(|scope| scope.cause()).flatten() } else { None };
    cause.map(Cancelled::new)
}

/// Makes any await cancellable: returns the value of `future`, unless the innermost group is cancelled first.
///
/// The future is polled first, so a value that is ready is delivered even after a cancellation.
///
/// # Errors
/// [`Cancelled`] if the group was cancelled before the future was ready; the future is dropped then.
///
/// # Cancel safety
/// As that of `future`.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use std::{future::pending, time::Duration};
/// use taskgroup::{Cancelled, group, or_cancelled};
///
/// let stopped = group!(listens = async { or_cancelled(pending::<()>()).await })
///     .timeout(Duration::from_millis(5))
///     .name("poll")
///     .await;
/// let stopped: Result<(), Cancelled> = stopped;
/// assert_eq!(stopped.unwrap_err().cause().to_string(), "`poll` timed out");
/// # });
/// ```
pub async fn or_cancelled<F: IntoFuture>(future: F) -> Result<F::Output, Cancelled> {
    pin_project! {
        struct OrCancelled<F> {
            #[pin]
            future: F,
            #[pin]
            cancelled: WaitCancelled,
        }
    }
    impl<F: Future> Future for OrCancelled<F> {
        type Output = Result<F::Output, Cancelled>;

        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
            let this = self.project();
            // The future first: a value that is ready is delivered, whatever happened to the group.
            match this.future.poll(cx) {
                Poll::Ready(value) => Poll::Ready(Ok(value)),
                Poll::Pending => this.cancelled.poll(cx).map(Err),
            }
        }
    }
    OrCancelled { future: future.into_future(), cancelled: WaitCancelled::new() }.await
}

/// Returns the nearest deadline of the innermost and all enclosing groups; `None` if none has one. A [`shield`] hides those
/// outside it.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// use std::time::Duration;
/// use taskgroup::{Cancelled, deadline, group};
/// use tokio::time::Instant;
///
/// assert_eq!(deadline(), None);
/// let left = async { Ok::<_, Cancelled>(deadline().map(|at| at - Instant::now())) };
/// let left = group!(outer = async { group!(left).await }).timeout(Duration::from_secs(5)).await;
/// assert_eq!(left, Ok(Some(Duration::from_secs(5))));
/// # });
/// ```
pub fn deadline() -> Option<Instant> {
    // Not noted as a look: a child that reads its deadline does not ask whether it is cancelled.
    context::deadlines::nearest()
}

/// Waits until the innermost or an enclosing group drains: finish what has begun, take nothing new. Outside a group it never
/// resolves.
///
/// Use it in accept loops and keep-alive connections. Draining is not a cancellation, and [`is_cancelled`] stays `false`. A
/// group that is cancelled, or has ended, drains too. A [`shield`] hides a cancellation, and no drain.
///
/// The future belongs to the group that first polls it. If it is first polled outside any group, it belongs to the one in which
/// `draining()` was called, and never keeps that group waiting: so it can be handed to a server that awaits it on a task of its
/// own. Call it in the child, as below: an arm's own expression is evaluated before the group exists.
///
/// # Cancel safety
/// Nothing is lost if the future is dropped: draining is a level, not an edge.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use std::{io, time::Duration};
/// use taskgroup::{draining, group};
///
/// /// A server that awaits its signal on a task of its own.
/// async fn serve(shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
///     tokio::spawn(shutdown).await.map_err(io::Error::other)
/// }
///
/// group!(serve = async { serve(draining()).await })
///     .drain_on(tokio::time::sleep(Duration::from_millis(5)))
///     .await
///     .unwrap();
/// # });
/// ```
pub fn draining() -> impl Future<Output = ()> + Send + 'static {
    Noted::new(Wait::Draining, WaitDraining::captured())
}

/// Returns `true` if the innermost or an enclosing group is draining: a group that is cancelled, or has ended, drains too.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use std::future::ready;
/// use taskgroup::{group, is_draining};
///
/// let rounds = group!(worker = async {
///     let mut rounds = 0;
///     while !is_draining() {
///         rounds += 1;
///         tokio::task::yield_now().await;
///     }
///     Ok::<_, ()>(rounds)
/// });
/// assert!(rounds.drain_on(ready(())).await.is_ok());
/// # });
/// ```
pub fn is_draining() -> bool {
    context::peek(|scope| scope.is_draining()).unwrap_or(false)
}

/// Returns `true` if there is room for another child in the `#[task_group(limit = …)]` function whose body calls it.
///
/// Without room, a child statement waits until there is some: backpressure. Check first to shed load instead. Returns `true`
/// in a function without a limit, and outside such functions.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use taskgroup::{has_room, task_group};
///
/// #[task_group(limit = 2)]
/// async fn serve(requests: &[u64]) -> Result<usize, ()> {
///     let mut refused = 0;
///     for _ in requests {
///         if has_room() {
///             #[child]
///             async { Ok(()) };
///         } else {
///             refused += 1; // a 503, for instance
///         }
///     }
///     Ok(refused)
/// }
/// assert_eq!(serve(&[1, 2, 3]).await, Ok(1));
/// # });
/// ```
pub fn has_room() -> bool {
    // Its own scope only: the limit of an enclosing function is not that of a group inside it.
    !context::peek_own(|scope| scope.is_full()).unwrap_or(false)
}

/// Returns a [`CancellationToken`] for tokio-util APIs and foreign threads, cancelled with the innermost group.
///
/// The group is the one whose code runs when `child_token` is called; in a [`shield`] it is the section, whose token is cancelled
/// at its end, and in a child of a `#[task_group]` function it is that child. So what waits on a token that escaped never waits
/// forever. Cancelling it stops only what it was given to, never the group. Outside a group it is a token that is never
/// cancelled.
///
/// [`CancellationToken`]: https://docs.rs/tokio-util/0.7/tokio_util/sync/struct.CancellationToken.html
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use taskgroup::{child_token, group};
///
/// let escaped = group!(child = async { Ok::<_, std::io::Error>(child_token()) }).await.unwrap();
/// assert!(escaped.is_cancelled()); // the group has ended
/// # });
/// ```
pub fn child_token() -> CancellationToken {
    match asking::note_and_scope() {
        None => CancellationToken::new(),
        Some(scope) => {
            // What the token is passed to may react at any time, so a last poll is of use.
            scope.listen();
            scope.child_token()
        }
    }
}
