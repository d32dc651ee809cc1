//! The jobs of a spawner, as the group that runs them takes them.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use tokio::task::coop;

use super::{job::Job, queue::Entrance, shared::Shared};
use crate::{
    child::accepted::AcceptedItems,
    context::{self, scope::Scope},
    name::Name,
    observe::{Wait, noted},
    unwind::{discard, drop_alone},
};

/// The jobs that a [`Spawner`](super::Spawner) has accepted, for the group that runs them. It is a [`Stream`].
///
/// Its spawners belong to the group of which it is a source, from the first poll of that group on; otherwise to the group in
/// which it is first polled. It ends when the last spawner is gone, or the group drains, and all accepted jobs have been
/// taken; once the group is cancelled it ends at once. Dropping it closes the spawner.
///
/// [`Stream`]: https://docs.rs/futures-core/0.3/futures_core/stream/trait.Stream.html
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use taskgroup::{group, spawner};
///
/// let (spawner, jobs) = spawner::bounded(64);
/// group!(
///     #[stream] #[spawn]
///     jobs = for job in jobs { job },
///     front = async move {
///         for n in 1..=3 {
///             spawner.spawn(async move { Ok(println!("job {n}")) }).await?;
///         }
///         Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
///     },
/// )
/// .limit(8)
/// .await
/// # .unwrap(); });
/// ```
#[must_use = "its jobs run in the group that polls it"]
pub struct Jobs<E> {
    shared: Arc<Shared<E>>,
    /// The place of the waker that the closing of the gate wakes.
    waiting: Option<usize>,
    /// The name of the job that was yielded last.
    given: Option<Name>,
}

impl<E> Jobs<E> {
    pub(super) fn new(shared: Arc<Shared<E>>) -> Self {
        Self { shared, waiting: None, given: None }
    }

    /// Returns the next job, or `None` at the end: for a loop in a `#[task_group]` function, whose statements run the jobs.
    ///
    /// # Cancel safety
    /// No job is lost if the future is dropped.
    ///
    /// ```
    /// use taskgroup::{spawner::{self, Jobs}, task_group};
    ///
    /// #[task_group(limit = 8)]
    /// async fn run(mut jobs: Jobs<std::io::Error>) -> std::io::Result<()> {
    ///     while let Some(job) = jobs.next().await {
    ///         #[spawn]
    ///         job;
    ///     }
    ///     Ok(())
    /// }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (spawner, jobs) = spawner::bounded(64);
    /// spawner.spawn(async { Ok(()) }).await.unwrap();
    /// drop(spawner);
    /// run(jobs).await.unwrap();
    /// # });
    /// ```
    pub async fn next(&mut self) -> Option<Job<E>> {
        poll_fn(|cx| noted(Wait::Jobs, self.poll(cx))).await
    }

    /// Opens the gate of the spawners into the group that runs now, unless it was opened before, or none does.
    fn open_gate(&self) {
        let gate = &self.shared.gate;
        if !gate.was_opened() {
            if let Some(scope) = context::current().and_then(|frame| Scope::of_group(frame.scope())) {
                Scope::open_gate(&scope, gate);
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Job<E>>> {
        // A loop in a function, or in a plain future: the first poll in a group is the one that runs the jobs.
        self.open_gate();
        // Within the budget, like tokio's own channels: a loop over jobs that are always there still yields.
        let budget = ready!(coop::poll_proceed(cx));
        let gate = &self.shared.gate;
        let entrance = || match (gate.is_closed(), gate.is_revoked()) {
            (false, _) => Entrance::Open,
            (true, false) => Entrance::Closed,
            (true, true) => Entrance::Revoked,
        };
        let (mut polled, given_up) = self.shared.queue.poll(cx.waker(), entrance);
        drop_each(given_up);
        // Registered after the queue was read, so the queue is read again if the gate was closed in between.
        if polled.is_pending() && gate.poll_closed(&mut self.waiting, cx.waker()) {
            let (again, given_up) = self.shared.queue.poll(cx.waker(), entrance);
            drop_each(given_up);
            polled = again;
        }
        match &polled {
            Poll::Pending => {}
            Poll::Ready(job) => {
                budget.made_progress();
                self.given = job.as_ref().and_then(Job::name).cloned();
                match job {
                    Some(_) => self.shared.job_taken(),
                    // Nothing is accepted after the end, by whatever it came about.
                    None => gate.close(false),
                }
            }
        }
        polled
    }
}

/// Drops each job by itself, so that several destructors that panic are one panic.
fn drop_each<E>(jobs: impl IntoIterator<Item = Job<E>>) {
    let mut jobs = jobs.into_iter();
    if let Some(first) = jobs.next() {
        let rest = || jobs.for_each(discard);
        drop_alone(|| drop(first));
        rest();
    }
}

impl<E> Stream for Jobs<E> {
    type Item = Job<E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Job<E>>> {
        self.poll(cx)
    }
}

impl<E> AcceptedItems for Jobs<E> {
    fn begins(&self) {
        self.open_gate();
    }

    fn given_name(&self) -> Option<Name> {
        self.given.clone()
    }
}

impl<E> Drop for Jobs<E> {
    fn drop(&mut self) {
        if let Some(waiting) = self.waiting {
            self.shared.gate.forget(waiting);
        }
        let given_up = self.shared.queue.end();
        self.shared.gate.close(false);
        drop_each(given_up);
    }
}

impl<E> fmt::Debug for Jobs<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs").field("len", &self.shared.queue.len()).finish_non_exhaustive()
    }
}
