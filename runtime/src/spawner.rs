//! A group, handed out: work that others start in it.
//!
//! A group and its children are written in one place. A [`Spawner`] lets code elsewhere start children of the group: a
//! request handler that answers at once and has work left, a struct with methods, an actor. It is a cheap clone, and can be
//! kept in any state. The jobs that it accepts are taken by [`Jobs`], a stream whose group runs them like the items of any
//! `for`: within the limit, with their failures, in the tree.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! use taskgroup::{group, spawner::{self, Spawner}};
//!
//! /// Lives elsewhere: in the state of a web framework, for instance.
//! struct Mailer(Spawner<std::io::Error>);
//!
//! impl Mailer {
//!     async fn welcome(&self, user: &'static str) -> bool {
//!         let mail = async move {
//!             println!("mail to {user}");
//!             Ok(())
//!         };
//!         self.0.spawn_named(format!("mail to {user}"), mail).await.is_ok()
//!     }
//! }
//!
//! let (spawner, jobs) = spawner::bounded(1_000);
//! let mailer = Mailer(spawner);
//! group!(
//!     #[stream] #[spawn]
//!     jobs = for job in jobs { job },
//!     server = async move {
//!         assert!(mailer.welcome("Ada").await); // accepted: it will run
//!         Ok(())
//!     },
//! )
//! .limit(16)
//! .await
//! # .unwrap(); });
//! ```
//!
//! **Accepted means run.** What [`spawn`](Spawner::spawn) accepts is run, also if the group drains afterwards: a drain
//! closes the spawner, and the group goes on until the accepted jobs are done. Only if the group is cancelled first, or the
//! [`Jobs`] are dropped, are jobs that have not begun dropped; [`Spawner::lost`] counts them. What is not accepted is
//! returned in [`Refused`].
//!
//! **When it closes.** When the group that runs the jobs drains by an option of its own, is cancelled, or
//! has ended, and when the [`Jobs`] are dropped. A spawner does not keep its group: the jobs end when the last spawner is
//! dropped, and a group that is over leaves nothing but a closed spawner behind. A job that holds a clone of its own
//! spawner keeps the jobs open until it is done, which is how a job can start further jobs until there are none left.
//!
//! **Failures.** A job is a child like any other: by default the first error ends the group, and closes the spawner. For a
//! service, whose jobs fail one by one, let each job handle its errors, or use a policy that lets the others go on.
//!
//! **Futures that others poll.** Some futures cannot be handed over, because a library polls them on tasks of its own: the
//! handler of a request, an upgraded connection. [`Spawner::track`] makes such a future a child all the same: it sees the
//! token of the group, stands in the tree, and the group waits for it.
//!
//! In Go, this is an `errgroup.Group` that is passed around; there, a call of `Go` after `Wait` has returned is a race.

mod error;
mod job;
mod jobs;
mod queue;
mod shared;
pub(crate) mod tracked;

use std::{
    fmt,
    future::{Future, poll_fn},
    sync::{Arc, atomic::Ordering::Relaxed},
};

use tokio::sync::{Semaphore, SemaphorePermit};

pub use self::{error::Refused, job::Job, jobs::Jobs, tracked::Tracked};
use self::{
    queue::Queue,
    shared::{Closed, Room, Shared},
    tracked::Ticket,
};
#[cfg(feature = "tower")]
use crate::error::{Cancelled, Cause};
use crate::name::Name;
use crate::observe::{Wait, noted};

/// Makes a spawner that holds at most `capacity` jobs that have not begun; [`Spawner::spawn`] waits for room.
///
/// # Panics
/// If `capacity` is 0, at the line of the caller.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (spawner, mut jobs) = taskgroup::spawner::bounded(8);
/// spawner.spawn(async { Ok::<_, ()>(()) }).await.unwrap();
/// assert_eq!(jobs.next().await.unwrap().await, Ok(()));
/// # });
/// ```
#[track_caller]
pub fn bounded<E>(capacity: usize) -> (Spawner<E>, Jobs<E>) {
    assert!(capacity > 0, "`bounded(0)` could never hold a job; write `bounded(1)` for the smallest spawner");
    make(Some(Semaphore::new(capacity.min(Semaphore::MAX_PERMITS))))
}

/// Makes a spawner that accepts every job at once. If the group is too slow, the jobs fill the memory: prefer [`bounded`].
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (spawner, jobs) = taskgroup::spawner::unbounded();
/// for _ in 0..1_000 {
///     spawner.try_spawn(async { Ok::<_, ()>(()) }).unwrap();
/// }
/// drop(jobs);
/// assert_eq!(spawner.lost(), 1_000);
/// # });
/// ```
pub fn unbounded<E>() -> (Spawner<E>, Jobs<E>) {
    make(None)
}

fn make<E>(room: Option<Semaphore>) -> (Spawner<E>, Jobs<E>) {
    let shared = Arc::new(Shared { gate: Arc::default(), queue: Queue::new(), room, lost: Arc::default() });
    (Spawner { shared: shared.clone() }, Jobs::new(shared))
}

/// Starts jobs in the group that polls its [`Jobs`]. See [the module](self).
#[doc(alias = "TaskTracker")]
#[doc(alias = "JoinSet")]
#[doc(alias = "Nursery")]
pub struct Spawner<E> {
    shared: Arc<Shared<E>>,
}

impl<E: 'static> Spawner<E> {
    /// Starts a job; waits for room, if there is none.
    ///
    /// A job that starts jobs with its own bounded spawner can wait for itself, if the group has a limit: use
    /// [`try_spawn`](Self::try_spawn) there.
    ///
    /// # Errors
    /// [`Refused::Closed`] if the spawner is closed, or is closed before there is room; [`Refused::Full`] if the caller's own
    /// group is cancelled while it waits for room.
    ///
    /// # Cancel safety
    /// If the call itself is dropped, the job has not been accepted, and is dropped with it.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (spawner, jobs) = taskgroup::spawner::bounded(8);
    /// let job = async { Ok::<_, std::io::Error>(()) };
    /// spawner.spawn(job).await.expect("the group goes on");
    /// # drop(jobs); });
    /// ```
    pub async fn spawn<F>(&self, future: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        self.accept(None, future).await
    }

    /// Starts a job under a name, which errors, causes and the tree show in place of `jobs[n]`; otherwise as
    /// [`spawn`](Self::spawn).
    ///
    /// The name is that of the child if the [`Jobs`] are the source of a `for`, or if the job itself is a `#[spawn]`
    /// statement of a function.
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn).
    ///
    /// # Cancel safety
    /// As that of [`spawn`](Self::spawn).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use taskgroup::{Stopped, group, spawner};
    ///
    /// let (spawner, jobs) = spawner::unbounded();
    /// let ended = group!(
    ///     #[stream] #[spawn]
    ///     jobs = for job in jobs { job },
    ///     front = async move {
    ///         let _ = spawner.spawn_named("import", async { panic!("no such file") }).await;
    ///         Ok::<_, std::io::Error>(())
    ///     },
    /// )
    /// .outcome()
    /// .await;
    /// assert!(matches!(ended, Err(Stopped::Panicked(panicked)) if panicked.child() == "import"));
    /// # });
    /// ```
    pub async fn spawn_named<F>(&self, name: impl Into<Name>, future: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        self.accept(Some(name.into()), future).await
    }

    /// Starts a job, without waiting.
    ///
    /// # Errors
    /// [`Refused::Full`] if there is no room now, [`Refused::Closed`] if the spawner is closed.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use taskgroup::spawner::{self, Refused};
    ///
    /// let (spawner, jobs) = spawner::bounded::<std::io::Error>(1);
    /// assert!(spawner.try_spawn(async { Ok(()) }).is_ok());
    /// assert!(matches!(spawner.try_spawn(async { Ok(()) }), Err(Refused::Full(_))));
    /// # drop(jobs); });
    /// ```
    pub fn try_spawn<F>(&self, future: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        if self.shared.asks_whether_closed() {
            return Err(Refused::Closed(future));
        }
        match &self.shared.room {
            None => self.push(None, future, None),
            Some(room) => match room.try_acquire() {
                Ok(permit) => self.push(None, future, Some(permit)),
                Err(_) => Err(Refused::Full(future)),
            },
        }
    }

    async fn accept<F>(&self, name: Option<Name>, future: F) -> Result<(), Refused<F>>
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        match self.shared.room().await {
            Room::Free(permit) => self.push(name, future, permit),
            Room::Closed => Err(Refused::Closed(future)),
            Room::Cancelled => Err(Refused::Full(future)),
        }
    }

    fn push<F>(&self, name: Option<Name>, future: F, permit: Option<SemaphorePermit<'_>>) -> Result<(), Refused<F>>
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        let shared = &self.shared;
        let make = |(name, future): (_, F)| Job::new(Box::pin(future), name, shared.lost.clone());
        match shared.queue.push((name, future), || shared.gate.is_closed(), make) {
            Ok(()) => {
                // Given back when the job is taken.
                permit.into_iter().for_each(SemaphorePermit::forget);
                Ok(())
            }
            Err((_, future)) => Err(Refused::Closed(future)),
        }
    }
}

impl<E> Spawner<E> {
    /// Makes a future that is polled elsewhere a child of the group: it sees the group's token, deadline and drain, stands in
    /// the tree, and the group waits until it has ended or is dropped.
    ///
    /// The future takes no room of the limit, its value is the caller's, and its panic goes to what polls it. Before the
    /// group of the jobs is first polled, it runs without one. Once the group would drop it, as it drops a child that does not
    /// look at the token after a cancellation, the future is dropped in the next poll, which returns [`Cancelled`]. A group
    /// cannot reach a task that is not its own, so a future that is kept, and neither polled nor dropped, keeps the group
    /// waiting.
    ///
    /// # Errors
    /// [`Refused::Closed`] if the spawner is closed.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// use std::time::Duration;
    /// use taskgroup::{group, spawner};
    ///
    /// let (spawner, jobs) = spawner::bounded::<std::io::Error>(8);
    /// let foreign = spawner.track(async {
    ///     tokio::time::sleep(Duration::from_millis(5)).await;
    ///     "done"
    /// }).unwrap();
    /// let foreign = tokio::spawn(foreign); // a library does this
    /// drop(spawner);
    /// group!(#[stream] #[spawn] jobs = for job in jobs { job }).await.unwrap();
    /// assert!(foreign.is_finished());
    /// # });
    /// ```
    ///
    /// [`Cancelled`]: crate::Cancelled
    pub fn track<F: Future>(&self, future: F) -> Result<Tracked<F>, Refused<F>> {
        match self.ticket() {
            Some(ticket) => Ok(ticket.track(future, Name::literal("tracked"), false)),
            None => Err(Refused::Closed(future)),
        }
    }

    /// Takes a place for a future that is still to be made; `None` if the spawner is closed.
    pub(crate) fn ticket(&self) -> Option<Ticket> {
        Ticket::take(&self.shared.gate)
    }

    /// Returns the reason that a refused future is given.
    #[cfg(feature = "tower")]
    pub(crate) fn refusal(&self) -> Cancelled {
        let cause = self.shared.gate.group().and_then(|scope| scope.upgrade()?.cause());
        // A drain has no cause: nothing is cancelled by it.
        Cancelled::new(cause.unwrap_or(Cause::Requested { group: Name::literal("spawner") }))
    }

    /// Returns `true` if nothing is accepted any more.
    ///
    /// ```
    /// let (spawner, jobs) = taskgroup::spawner::bounded::<()>(8);
    /// assert!(!spawner.is_closed());
    /// drop(jobs);
    /// assert!(spawner.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.gate.is_closed()
    }

    /// Waits until nothing is accepted any more.
    ///
    /// In a child of the same group it keeps the group open, unless that is cancelled or drains: await
    /// [`draining`](crate::draining) there.
    ///
    /// # Cancel safety
    /// Nothing is lost if the future is dropped.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (spawner, jobs) = taskgroup::spawner::bounded::<()>(8);
    /// let closed = tokio::spawn({
    ///     let spawner = spawner.clone();
    ///     async move { spawner.closed().await }
    /// });
    /// drop(jobs);
    /// closed.await.unwrap();
    /// # });
    /// ```
    pub async fn closed(&self) {
        let mut closed = Closed::of(&self.shared.gate);
        poll_fn(|cx| noted(Wait::Closed, closed.poll(cx))).await;
    }

    /// Returns how many accepted jobs were dropped before they began: the group was cancelled, or the [`Jobs`] dropped.
    ///
    /// ```
    /// let (spawner, jobs) = taskgroup::spawner::bounded(8);
    /// spawner.try_spawn(async { Ok::<_, ()>(()) }).unwrap();
    /// assert_eq!(spawner.lost(), 0);
    /// drop(jobs);
    /// assert_eq!(spawner.lost(), 1);
    /// ```
    pub fn lost(&self) -> usize {
        let shared = &self.shared;
        // What is given up is dropped by the next reader of the jobs, but is lost now.
        shared.lost.load(Relaxed) + if shared.gate.is_revoked() { shared.queue.len() } else { 0 }
    }
}

impl<E> Clone for Spawner<E> {
    fn clone(&self) -> Self {
        self.shared.queue.spawner_added();
        Self { shared: self.shared.clone() }
    }
}

impl<E> Drop for Spawner<E> {
    fn drop(&mut self) {
        self.shared.queue.spawner_gone();
    }
}

impl<E> fmt::Debug for Spawner<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spawner").field("is_closed", &self.is_closed()).finish_non_exhaustive()
    }
}
