//! A pool of workers that is fed for as long as the program runs, and comes to a graceful end.
//!
//! ```text
//!   producer (daemon) ──channel──▶ #[stream] #[spawn] for job in queue, at most N at once
//! ```
//!
//! A job is *accepted* when the `for` takes it from the queue. From then on it ends in exactly one way, whatever happens
//! to the program: done, failed, or cut off by the backstop; the [`Journal`] has a line for each. What the producer has
//! offered, but nobody accepted, was never promised to anybody.
//!
//! A failed job is a line in the statistics, not the end of the pool: the child that runs it returns `Ok`.

mod job;
mod journal;

use std::{sync::Arc, time::Duration};

use taskgroup::{
    Cancelled,
    channel::{RecvError, Sender, bounded},
    group,
};
use thiserror::Error;
use tokio::time::sleep;

use crate::chance::Chance;
pub use job::{Job, Trouble};
pub use journal::{Journal, Statistics};

/// What the pool is to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many jobs run at once.
    pub workers: usize,
    /// After how many jobs there are no more; `None` for never.
    pub jobs: Option<u64>,
    /// How long a job takes at most.
    pub longest: Duration,
    /// How many jobs in a hundred fail.
    pub failing: u64,
    /// What is wrong with every job.
    pub trouble: Option<Trouble>,
    /// How long a drain may take.
    pub backstop: Duration,
    /// Where chance begins.
    pub seed: u64,
}

/// Why the pool ended before its time.
#[derive(Debug, Error)]
pub enum PoolError {
    /// The producer was lost.
    #[error(transparent)]
    Queue(#[from] RecvError),
    /// The backstop, or a group around.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Runs jobs until there are no more, or until `stop` resolves and those that were accepted have ended.
///
/// # Errors
/// [`PoolError::Cancelled`] if the backstop cut jobs off.
pub async fn work(plan: &Plan, journal: &Arc<Journal>, stop: impl IntoFuture) -> Result<(), PoolError> {
    let (offers, queue) = bounded(plan.workers);
    group!(
        // Not waited for: when the pool has drained, it is told to stop.
        #[daemon]
        producer = offer(plan, offers),
        #[stream]
        #[spawn]
        jobs = for job in queue {
            let journal = journal.clone();
            // Taken is accepted, also if the pool is cancelled before the task begins.
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

/// Offers one job after the other. It never waits for a worker, only for room in the queue.
async fn offer(plan: &Plan, offers: Sender<Job>) -> Result<(), PoolError> {
    let mut chance = Chance::new(plan.seed);
    let longest = plan.longest.as_micros() as u64;
    let mut number = 0;
    while Some(number) != plan.jobs {
        let job = Job {
            number,
            takes: Duration::from_micros(chance.below(longest + 1)),
            fails: chance.happens(plan.failing),
            trouble: plan.trouble,
        };
        if offers.send(job).await.is_err() {
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
