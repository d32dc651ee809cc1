//! Futures that are polled in the context of another scope: critical sections, and code carried out of its group.

use std::{
    future::Future,
    panic::resume_unwind,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use pin_project_lite::pin_project;

use crate::{
    context::{self, Frame, SavedContext, asking, key::Key, scope::Scope},
    error::Cause,
    name::Name,
    unwind::{drop_alone, guard},
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

    impl<F> PinnedDrop for Within<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() && this.place.frame.is_some() {
                // Code of the section, or of what was carried: a group that it drops belongs there.
                drop_alone(|| {
                    let dropped = context::within(this.place, |child| {
                        child.set(Key::OWNER);
                        guard(|| this.future.set(None))
                    });
                    dropped.unwrap_or_else(|payload| resume_unwind(payload));
                });
            }
            this.kind.end(this.section, this.place);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A critical section. Its child is known at the first poll.
    Shield,
    /// Code of a group on a foreign task.
    Carried,
}

impl Kind {
    /// Ends a section whose future has been dropped.
    fn end(self, section: &mut Option<Section>, place: &SavedContext) {
        *section = None;
        // Rule 1 of a group holds here too: a token that escaped from the section is not waited on for ever. What was carried
        // has the token of its group, which may go on.
        if let (Self::Shield, Some(frame)) = (self, &place.frame) {
            if !frame.scope().is_cancelled() {
                frame.scope().cancel(Cause::Finished { group: Name::literal("shield") });
            }
        }
    }
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
        if *this.kind == Kind::Shield && this.place.frame.is_none() {
            let outer = asking::look_and_scope();
            if let Some(scope) = &outer {
                *this.section = Some(Section::begin(scope.clone(), context::child()));
            }
            // Its own scope, so that groups opened inside are below it, and no cancellation reaches them either.
            this.place.frame = Some(Frame::Scope(Scope::shield(outer)));
        }
        if let (Kind::Carried, None, Some(future)) = (&this.kind, &this.place.frame, this.future.as_mut().as_pin_mut())
        {
            return future.poll(cx); // called outside any group
        }
        let future = this.future.as_mut();
        let place = &mut *this.place;
        let poll = || {
            context::within(place, |child| {
                child.set(Key::OWNER);
                guard(|| match future.as_pin_mut() {
                    Some(future) => future.poll(cx),
                    None => panic!("polled after it was ready"),
                })
            })
        };
        // Only an open section holds its child; what is asked in it, where no cancellation is seen, does not count.
        let ended = if *this.kind == Kind::Shield { asking::without_listening(poll) } else { poll() };
        if let (Ok(Poll::Pending), Some(section)) = (&ended, this.section.as_mut()) {
            section.waits(cx);
        }
        if !matches!(ended, Ok(Poll::Pending)) {
            // The future is dropped inside the section, and the section ends before its owner gets the value.
            let future = this.future.as_mut();
            let dropped = context::within(this.place, |_| guard(|| Pin::set(&mut { future }, None)));
            this.kind.end(this.section, this.place);
            if let (Ok(_), Err(payload)) = (&ended, dropped) {
                resume_unwind(payload);
            }
        }
        match ended {
            Ok(poll) => poll,
            Err(payload) => resume_unwind(payload),
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
#[doc(alias = "NonCancellable")]
#[doc(alias = "CancelScope")]
pub async fn shield<F: IntoFuture>(future: F) -> F::Output {
    let future = Some(future.into_future());
    Within { future, place: SavedContext::default(), section: None, kind: Kind::Shield }.await
}

/// Carries the token into a raw `tokio::spawn`: the free functions there find the group in which this was called.
///
/// That is the group whose code runs when `in_current_group` is called, and not the one whose child polls the future later.
/// The group does not wait for a task that is spawned this way, nor for groups that the task opens. Use `#[spawn]` if it
/// should. For a closure on a foreign thread there is [`with_current_group`].
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use std::time::Duration;
/// use taskgroup::{deadline, group, in_current_group};
///
/// let seen = group!(
///     #[allow(detached)]
///     child = async {
///         let bare = tokio::spawn(async { deadline() });
///         let carried = tokio::spawn(in_current_group(async { deadline() }));
///         Ok::<_, taskgroup::Cancelled>((bare.await.unwrap().is_some(), carried.await.unwrap().is_some()))
///     },
/// )
/// .timeout(Duration::from_secs(60))
/// .await;
/// assert_eq!(seen.unwrap(), (false, true));
/// # });
/// ```
pub fn in_current_group<F: IntoFuture>(future: F) -> impl Future<Output = F::Output> + use<F> {
    Within { future: Some(future.into_future()), place: carried(), section: None, kind: Kind::Carried }
}

/// Carries the token into a closure for a foreign thread, such as one of rayon or of `std::thread::scope`: the free functions
/// in it find the group in which this was called.
///
/// That is the group whose code runs when `with_current_group` is called. As with [`in_current_group`], the group does not
/// wait for the closure; call it where something else does, as `std::thread::scope` does at its end.
///
/// # Panics
/// A panic of `closure` is its caller's.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use std::{io::Error, thread};
/// use taskgroup::{Cancelled, checkpoint, group, with_current_group};
///
/// fn hash(part: &[u64]) -> Result<u64, Cancelled> {
///     // Found on this thread too, which the group does not know.
///     part.iter().try_fold(0, |hash, n| checkpoint().map(|()| hash ^ n))
/// }
///
/// let hash = group!(#[blocking] hash = move || {
///     let numbers: Vec<u64> = (0..1_000).collect();
///     thread::scope(|scope| {
///         let (a, b) = numbers.split_at(500);
///         let a = scope.spawn(with_current_group(|| hash(a)));
///         let b = scope.spawn(with_current_group(|| hash(b)));
///         Ok::<_, Cancelled>(a.join().unwrap()? ^ b.join().unwrap()?)
///     })
/// })
/// .await;
/// assert_eq!(hash.unwrap(), 0);
/// # });
/// ```
pub fn with_current_group<F: FnOnce() -> R, R>(closure: F) -> impl FnOnce() -> R + use<F, R> {
    let mut place = carried();
    move || {
        if place.frame.is_none() {
            return closure(); // made outside any group
        }
        // As a blocking child: the closure has no polls at whose end the ends of channels could become visible.
        let ended = context::ends::blocking(None, || {
            context::within(&mut place, |child| {
                child.set(Key::OWNER);
                guard(closure)
            })
        });
        ended.unwrap_or_else(|payload| resume_unwind(payload))
    }
}

/// Returns the context of the group whose code runs now, for a foreign task or thread.
fn carried() -> SavedContext {
    // A scope of its own below that of the group, and no guard: the group does not wait for it, nor for the groups in it.
    let frame = asking::note_and_scope().map(|scope| {
        scope.listen();
        Frame::Scope(Scope::carried(scope))
    });
    SavedContext { frame, ..SavedContext::default() }
}
