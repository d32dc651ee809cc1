//! A pool of workers with a graceful shutdown: at SIGTERM no new job is taken, running jobs finish, and the outcome of
//! every job is reported.

use std::{cell::Cell, num::NonZeroUsize, process::ExitCode, sync::Arc, time::Duration};

use clap::Parser;
use taskgroup::shutdown_signal;
use taskgroup_examples::workers::{Journal, Plan, PoolError, Trouble, work};

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

    /// How every job misbehaves
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
    let ended = work(&plan, &journal, async { received.set(Some(signal.await)) }).await;
    eprintln!("{}", journal.statistics());
    match (ended, received.get()) {
        (Err(PoolError::Queue(error)), _) => {
            eprintln!("workers: {error}");
            ExitCode::FAILURE
        }
        // Cut off by the drain timeout or not: the statistics show which.
        (_, Some(signal)) => ExitCode::from(signal.exit_code()),
        (Ok(()), None) => ExitCode::SUCCESS,
        (Err(PoolError::Cancelled(_)), None) => ExitCode::FAILURE,
    }
}
