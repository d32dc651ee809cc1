//! One job on its way from a spawner to the group that runs it.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use crate::{context, name::Name};

/// The future of a job, whatever its own type is.
pub(super) type Boxed<E> = Pin<Box<dyn Future<Output = Result<(), E>> + Send>>;

/// One accepted job: the future of a child, for the body of a `for`, or for a `#[spawn]` statement.
///
/// A job that is dropped before its first poll is counted by [`Spawner::lost`](super::Spawner::lost).
///
/// # Panics
/// With what the job panics with; also if it is polled after it was ready.
#[must_use = "a job that is dropped before its first poll is lost"]
pub struct Job<E> {
    /// `None` in its destructor.
    future: Option<Boxed<E>>,
    name: Option<Name>,
    /// Where the job is counted if it is dropped; `None` once it has begun.
    lost: Option<Arc<AtomicUsize>>,
}

impl<E> Job<E> {
    pub(super) fn new(future: Boxed<E>, name: Option<Name>, lost: Arc<AtomicUsize>) -> Self {
        Self { future: Some(future), name, lost: Some(lost) }
    }

    /// Returns the name that [`Spawner::spawn_named`](super::Spawner::spawn_named) gave it.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (spawner, mut jobs) = taskgroup::spawner::unbounded();
    /// spawner.spawn_named("index", async { Ok::<_, ()>(()) }).await.unwrap();
    /// let job = jobs.next().await.unwrap();
    /// assert_eq!(job.name().unwrap(), "index");
    /// # job.await.unwrap(); });
    /// ```
    pub fn name(&self) -> Option<&Name> {
        self.name.as_ref()
    }
}

impl<E> Future for Job<E> {
    type Output = Result<(), E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        self.lost = None;
        let polled = self.future.as_mut().map_or(Poll::Pending, |future| future.as_mut().poll(cx));
        // Before its arm does, whose name it has only if it brought none along.
        if let (true, Some(name)) = (context::ends::has_dropped_end(), &self.name) {
            context::ends::name_ends(name.clone());
        }
        polled
    }
}

impl<E> Drop for Job<E> {
    fn drop(&mut self) {
        if let Some(lost) = self.lost.take() {
            lost.fetch_add(1, Relaxed);
        }
        if let Some(name) = &self.name {
            // The future is dropped here, so that the ends of channels that it drops are its own.
            self.future = None;
            context::ends::name_ends(name.clone());
        }
    }
}

impl<E> fmt::Debug for Job<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("name", &self.name).finish_non_exhaustive()
    }
}
