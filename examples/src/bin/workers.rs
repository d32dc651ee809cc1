//! A pool of workers with a graceful shutdown: at SIGTERM no new job is taken, running jobs finish, and the outcome of
//! every job is reported.
//!
//! ```text
//! workers                                             # jobs of its own
//! workers --redis redis://127.0.0.1 --jobs 1000 --offer  # with `--features services`: put jobs into a stream …
//! workers --redis redis://127.0.0.1                   # … and share them, with as many processes as you start
//! ```

use std::{cell::Cell, num::NonZeroUsize, process::ExitCode, sync::Arc, time::Duration};
#[cfg(feature = "services")]
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    process,
};

use clap::Parser;
use taskgroup::shutdown_signal;
#[cfg(feature = "services")]
use taskgroup_examples::workers::stream::{Queue, work_from};
use taskgroup_examples::{
    complain,
    workers::{Journal, Plan, PoolError, Trouble, work},
};

/// Runs jobs, until SIGTERM or Ctrl-C
///
/// At the first signal, no more jobs are taken, and running jobs may finish within the drain timeout. At the second,
/// the program ends at once. Exit status: 0 at the end of --jobs, 143 or 130 after SIGTERM or Ctrl-C, 1 if the queue was
/// lost.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Number of jobs that run at once
    #[arg(short, long, value_name = "N", default_value = "8")]
    workers: NonZeroUsize,

    /// Number of jobs [default: no end]
    #[arg(short, long, value_name = "N")]
    jobs: Option<u64>,

    /// Maximum duration of a job, in milliseconds
    #[arg(short, long, value_name = "MS", default_value_t = 20)]
    longest: u64,

    /// Percentage of jobs that fail
    #[arg(short, long, value_name = "PERCENT", default_value_t = 5, value_parser = clap::value_parser!(u64).range(..=100))]
    failing: u64,

    /// How every job misbehaves; with --redis, those that --offer adds
    #[arg(long, value_name = "TROUBLE")]
    trouble: Option<Trouble>,

    /// Drain timeout after the first signal, in milliseconds
    #[arg(short, long, value_name = "MS", default_value_t = 10_000)]
    backstop: u64,

    /// Seed of the random numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Print a line when a job is accepted, and one when it ends
    #[arg(long)]
    journal: bool,

    #[cfg(feature = "services")]
    #[command(flatten)]
    shared: Shared,
}

/// Where the jobs come from that several processes share.
#[cfg(feature = "services")]
#[derive(clap::Args)]
struct Shared {
    /// Take the jobs from a stream of this Redis server, which other processes may share: redis://127.0.0.1:6379
    #[arg(long, value_name = "URL")]
    redis: Option<String>,

    /// Name of the stream
    #[arg(long, value_name = "NAME", default_value = "jobs", requires = "redis")]
    stream: String,

    /// How long after its end the jobs of a killed process are taken over, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 30_000, requires = "redis", value_parser = clap::value_parser!(u64).range(1..))]
    lease: u64,

    /// How often a job that is never done is delivered before it is moved to the stream NAME:aside
    #[arg(long, value_name = "N", default_value_t = 5, requires = "redis", value_parser = clap::value_parser!(u64).range(1..))]
    deliveries: u64,

    /// Put --jobs into the stream, and end
    #[arg(long, requires = "redis", requires = "jobs")]
    offer: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    // Before anything else, so that no signal arrives without a handler.
    let signal = shutdown_signal().exit_on_second();
    let options = Options::parse();
    let plan = Plan {
        workers: options.workers.get(),
        jobs: options.jobs,
        longest: Duration::from_millis(options.longest),
        failing: options.failing,
        trouble: options.trouble,
        backstop: Duration::from_millis(options.backstop),
        seed: options.seed,
    };
    let journal: Arc<Journal> = Journal::new(options.journal);
    let received = Cell::new(None);
    let stop = async { received.set(Some(signal.await)) };
    #[cfg(feature = "services")]
    let ended = match &options.shared.redis {
        Some(address) => options.shared.run(address, &plan, &journal, stop).await,
        None => work(&plan, &journal, stop).await,
    };
    #[cfg(not(feature = "services"))]
    let ended = work(&plan, &journal, stop).await;
    #[cfg(feature = "services")]
    if options.shared.offer && ended.is_ok() {
        return ExitCode::SUCCESS;
    }
    complain!("{}", journal.statistics());
    match (ended, received.get()) {
        // Cut off by the drain timeout or not: the statistics show which.
        (Ok(()) | Err(PoolError::Cancelled(_)), Some(signal)) => ExitCode::from(signal.exit_code()),
        (Ok(()), None) => ExitCode::SUCCESS,
        (Err(error), _) => {
            complain!("workers: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(feature = "services")]
impl Shared {
    async fn run(
        &self,
        address: &str,
        plan: &Plan,
        journal: &Arc<Journal>,
        stop: impl IntoFuture,
    ) -> Result<(), PoolError> {
        // Unique among the processes of all machines: a new one must not claim under the name of one that was killed.
        let consumer = format!("{}-{:016x}", process::id(), RandomState::new().build_hasher().finish());
        let queue = Queue::new(address, &self.stream, consumer, Duration::from_millis(self.lease), self.deliveries)?;
        if self.offer {
            return Ok(queue.offer(plan).await?);
        }
        let ended = work_from(&queue, plan, journal, stop).await;
        let (taken_over, left) = queue.handed_over();
        complain!("{taken_over} taken over from others, {left} left to others");
        ended
    }
}
