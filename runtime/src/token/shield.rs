//! Futures that are polled in the context of another scope: critical sections, and code carried out of its group.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use pin_project_lite::pin_project;

use crate::{
    context::{self, Frame, SavedContext, key::Key, scope::Scope},
    unwind::guard,
};

pin_project! {
    /// A future that is polled in the context of a given scope.
    struct Within<F> {
        #[pin]
        future: Option<F>,
        place: SavedContext,
        section: Option<Section>,
        kind: Kind,
    }
}

enum Kind {
    /// A critical section. Its child is known at the first poll.
    Shield,
    /// Code of a group on a foreign task.
    Carried,
}

/// A critical section that has begun; it ends when this is dropped.
struct Section {
    scope: Arc<Scope>,
    child: Key,
    waker: Option<Waker>,
}

impl Section {
    fn begin(scope: Arc<Scope>, child: Key) -> Self {
        // Code of the owner belongs to no child, so its section holds none.
        scope.section_begins(child, context::is_inline() && child != Key::OWNER);
        Self { scope, child, waker: None }
    }

    /// Keeps the waker of the polling task, which has to poll the child again if the section ends elsewhere.
    fn waits(&mut self, cx: &Context<'_>) {
        // Polled outside its group, where it was moved to: the waker there would take the place of the one that wakes the
        // group when the section ends.
        if !context::peek_own(|scope| Arc::ptr_eq(scope, &self.scope)).unwrap_or(false) {
            return;
        }
        // Only if it is another one: the scope keeps it behind a lock.
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            self.waker = Some(cx.waker().clone());
            self.scope.section_waits(self.child, cx.waker().clone());
        }
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        let waker = self.scope.section_ends(self.child);
        // Within a poll of the child no wake-up is needed: its group looks after the poll.
        let here = context::child() == self.child
            && context::peek_own(|scope| Arc::ptr_eq(scope, &self.scope)).unwrap_or(false);
        if let Some(waker) = waker {
            if here { drop(waker) } else { waker.wake() }
        }
    }
}

impl<F: Future> Future for Within<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        // At the first poll, because only then is it known which child of which group the section belongs to.
        if let (Kind::Shield, None) = (&this.kind, &this.place.frame) {
            let outer = context::note_and_current();
            if let Some(frame) = &outer {
                let (scope, child) = (frame.scope().clone(), context::child());
                *this.section = Some(Section::begin(scope, child));
            }
            let outer = outer.map(|frame| frame.scope().clone());
            // Its own scope, so that groups opened inside are below it, and no cancellation reaches them either.
            this.place.frame = Some(Frame::Scope(Scope::shield(outer)));
        }
        if let (Kind::Carried, None, Some(future)) = (&this.kind, &this.place.frame, this.future.as_mut().as_pin_mut())
        {
            return future.poll(cx); // called outside any group
        }
        let future = this.future.as_mut();
        let ended = context::within(this.place, |child| {
            child.set(Key::OWNER);
            guard(|| match future.as_pin_mut() {
                Some(future) => future.poll(cx),
                None => panic!("polled after it was ready"),
            })
        });
        if let (Ok(Poll::Pending), Some(section)) = (&ended, this.section.as_mut()) {
            section.waits(cx);
        }
        if !matches!(ended, Ok(Poll::Pending)) {
            // The future is dropped inside the section, and the section ends before its owner gets the value.
            let future = this.future.as_mut();
            let dropped = context::within(this.place, |_| guard(|| Pin::set(&mut { future }, None)));
            *this.section = None;
            if let (Ok(_), Err(payload)) = (&ended, dropped) {
                std::panic::resume_unwind(payload);
            }
        }
        match ended {
            Ok(poll) => poll,
            Err(payload) => std::panic::resume_unwind(payload),
        }
    }
}

/// Runs a critical section: inside it no cancellation is seen, and no group, however far out, drops the child until it ends.
///
/// If the group that would drop the child has a grace period, the section ends with it at the latest. Groups opened inside it
/// are shielded too. Shielding the owner of a group does not shield the children that run beside it. It holds against groups:
/// the child's own `select!` or `timeout` drops the section, and so does a drop of the outermost owner's future, which
/// cannot wait. A spawned child finishes its section first: `#[spawn]` the child for that.
///
/// Trio calls this a shielded cancel scope.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use std::{cell::Cell, time::Duration};
/// use taskgroup::{cancelled, group, shield};
///
/// let saved = Cell::new(false);
/// let failed = group!(
///     worker = async {
///         cancelled().await;
///         shield(async {
///             tokio::time::sleep(Duration::from_millis(5)).await; // a drop would cut this short
///             saved.set(true);
///         })
///         .await;
///         Ok(())
///     },
///     broken = async { Err::<(), _>("broken") },
/// )
/// .await;
/// assert!(failed.is_err() && saved.get());
/// # });
/// ```
pub async fn shield<F: IntoFuture>(future: F) -> F::Output {
    let future = Some(future.into_future());
    Within { future, place: SavedContext::default(), section: None, kind: Kind::Shield }.await
}

/// Carries the token into a raw `tokio::spawn`: the free functions there find the group in which this was called.
///
/// The group does not wait for a task that is spawned this way. Use `#[spawn]` if it should.
pub fn in_current_group<F: IntoFuture>(future: F) -> impl Future<Output = F::Output> + use<F> {
    // The scope, and not its guard: the group does not wait for a raw task.
    let frame = context::note_and_current().map(|frame| Frame::Scope(frame.scope().clone()));
    if let Some(frame) = &frame {
        frame.scope().listen();
    }
    let future = Some(future.into_future());
    let place = SavedContext { frame, asked: false };
    Within { future, place, section: None, kind: Kind::Carried }
}
