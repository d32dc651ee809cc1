//! How a wait on a channel observes a cancellation.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker, ready},
    thread::{self, Thread},
};

use tokio::runtime::Handle;

use crate::{
    context::{self, asking},
    error::Cancelled,
    token::{self, WaitCancelled},
};

/// Registers with the token of the polling group while there is nothing else to do. So a channel that has a message, or room,
/// costs one check, and makes no token.
#[derive(Default)]
pub(super) struct Watch(Option<WaitCancelled>);

impl Watch {
    /// Waits for a cancellation too, once there was no data.
    pub(super) fn listen(&mut self, cx: &mut Context<'_>) -> Poll<Cancelled> {
        // A channel may be used in this group now, and in another the next time: then it registers afresh.
        if self.0.as_ref().is_some_and(|wait| !wait.is_here()) {
            self.0 = None;
        }
        let cancelled = ready!(self.0.get_or_insert_with(WaitCancelled::new).poll_uncounted(cx));
        ready!(context::turn::poll_answer(cx));
        asking::note_listens();
        Poll::Ready(cancelled)
    }
}

/// Checks whether the innermost group is cancelled, before the data is looked at. Pending only when the answers that a child
/// is given at once are used up: a loop that ignores the error still yields (rule 9).
#[inline(always)]
pub(super) fn poll_cancelled(cx: &mut Context<'_>) -> Poll<Option<Cancelled>> {
    if token::answers_cancelled() { poll_answer(cx) } else { Poll::Ready(None) }
}

#[cold]
pub(super) fn poll_answer(cx: &mut Context<'_>) -> Poll<Option<Cancelled>> {
    ready!(context::turn::poll_answer(cx));
    Poll::Ready(token::answer())
}

/// Returns the value of `future`, unless the innermost group is cancelled, which is checked first.
pub(super) async fn unless_cancelled<F: Future>(future: F) -> Result<F::Output, Cancelled> {
    let mut future = pin!(future);
    let mut watch = Watch::default();
    poll_fn(|cx| {
        if let Some(cancelled) = ready!(poll_cancelled(cx)) {
            return Poll::Ready(Err(cancelled));
        }
        match future.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Ok(value)),
            // Registered only now, so that a call which need not wait makes no token.
            Poll::Pending => watch.listen(cx).map(Err),
        }
    })
    .await
}

/// Waits on this thread, in the context of the group that it runs for.
#[track_caller]
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    match Handle::try_current() {
        // Panics with tokio's own message if called in async code.
        Ok(runtime) => runtime.block_on(future),
        // A thread outside any runtime, such as a `std::thread`: it parks between polls.
        Err(_) => {
            let mut future = pin!(future);
            let waker = Waker::from(Arc::new(Parked(thread::current())));
            let mut cx = Context::from_waker(&waker);
            loop {
                match future.as_mut().poll(&mut cx) {
                    Poll::Ready(value) => return value,
                    Poll::Pending => thread::park(),
                }
            }
        }
    }
}

/// A thread that waits, outside any runtime.
struct Parked(Thread);

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
