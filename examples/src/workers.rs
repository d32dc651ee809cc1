//! A pool of workers that takes jobs for as long as the program runs, and shuts down gracefully.
//!
//! ```text
//!   producer (daemon) ──channel──▶ #[stream] #[spawn] for job in queue, at most N at once
//! ```
//!
//! A job is *accepted* when the `for` takes it from the queue. From then on it ends in exactly one way, whatever happens
//! to the program: done, failed, or cut off by the drain timeout; the [`Journal`] has a line for each. Nothing is
//! guaranteed for a job that the producer has offered but that was never accepted.
//!
//! A failed job is a line in the statistics, not the end of the pool: the child that runs it returns `Ok`.
//!
//! The pool of this module is alone with its jobs, and so needs nothing installed. [`stream`] is the same pool with a queue
//! that many processes share: only the source of the `for` is another one.

mod job;
mod journal;
#[cfg(feature = "services")]
pub mod stream;

use std::{sync::Arc, time::Duration};

use taskgroup::{
    Cancelled,
    channel::{RecvError, Sender, bounded},
    group, is_draining,
};
use thiserror::Error;
use tokio::time::sleep;

use crate::chance::Chance;
pub use job::{Job, Trouble};
pub use journal::{Journal, Statistics};

/// The configuration of the pool.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The maximum number of jobs that run at once.
    pub workers: usize,
    /// The number of jobs to produce; `None` for no end.
    pub jobs: Option<u64>,
    /// The maximum duration of a job.
    pub longest: Duration,
    /// The percentage of jobs that fail.
    pub failing: u64,
    /// How every job misbehaves.
    pub trouble: Option<Trouble>,
    /// The maximum duration of a drain.
    pub backstop: Duration,
    /// The seed of the random numbers.
    pub seed: u64,
}

/// The reason why the pool ended early.
#[derive(Debug, Error)]
pub enum PoolError {
    /// The producer ended without finishing its stream.
    #[error(transparent)]
    Queue(#[from] RecvError),
    /// Cancelled by the drain timeout or by an enclosing group.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Redis refused a command. Being out of reach is not an error.
    #[cfg(feature = "services")]
    #[error(transparent)]
    Redis(#[from] redis::RedisError),
}

/// Runs jobs until there are no more, or until `stop` resolves and the accepted jobs have ended.
///
/// # Errors
/// [`PoolError::Cancelled`] if the drain timeout cut jobs off.
pub async fn work(plan: &Plan, journal: &Arc<Journal>, stop: impl IntoFuture) -> Result<(), PoolError> {
    let (offers, queue) = bounded(plan.workers);
    group!(
        // Not waited for: it is cancelled when the pool has drained.
        #[daemon]
        producer = offer(plan, offers),
        #[stream]
        #[spawn]
        jobs = for job in queue {
            let journal = journal.clone();
            // A job is accepted when it is taken, even if the pool is cancelled before its task starts.
            let accepted = job.map(|job: Job| (journal.accept(job.number), job));
            async move {
                let (entry, job) = accepted?;
                entry.ends(job.run().await);
                Ok(())
            }
        },
    )
    .name("workers")
    .limit(plan.workers)
    .drain_on(stop)
    .drain_timeout(plan.backstop)
    .await?;
    Ok(())
}

/// Offers one job after another. It never waits for a worker, only for room in the queue.
async fn offer(plan: &Plan, offers: Sender<Job>) -> Result<(), PoolError> {
    let mut chance = Chance::new(plan.seed);
    let mut number = 0;
    // A drain pulls the queue to its end, so the queue has to end then.
    while Some(number) != plan.jobs && !is_draining() {
        if offers.send(Job::draw(plan, number, &mut chance)).await.is_err() {
            return Ok(()); // the pool takes no more
        }
        number += 1;
        if number % 64 == 0 {
            sleep(Duration::from_millis(1)).await; // the next batch comes from afar
        }
    }
    offers.finish();
    Ok(())
}
