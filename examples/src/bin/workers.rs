//! A pool of workers with a graceful end: at SIGTERM no new job is taken, running jobs finish, and what happened to every
//! one is said.

use std::{cell::Cell, num::NonZeroUsize, process::ExitCode, sync::Arc, time::Duration};

use clap::Parser;
use taskgroup::shutdown_signal;
use taskgroup_examples::workers::{Journal, Plan, PoolError, Trouble, work};

/// Runs jobs, until SIGTERM or Ctrl-C
///
/// At the first signal, no job is taken any more, and those that run may end, for as long as the backstop says. At the
/// second, the program ends at once. Exit status: 0 at the end of --jobs, 143 or 130 after SIGTERM or Ctrl-C, 1 if the
/// queue was lost.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// How many jobs run at once
    #[arg(short, long, value_name = "N", default_value = "8")]
    workers: NonZeroUsize,

    /// How many jobs there are [default: no end]
    #[arg(short, long, value_name = "N")]
    jobs: Option<u64>,

    /// How many milliseconds a job takes at most
    #[arg(short, long, value_name = "MS", default_value_t = 20)]
    longest: u64,

    /// How many jobs in a hundred fail
    #[arg(short, long, value_name = "PERCENT", default_value_t = 5, value_parser = clap::value_parser!(u64).range(..=100))]
    failing: u64,

    /// What is wrong with all of them
    #[arg(long, value_name = "TROUBLE")]
    trouble: Option<Trouble>,

    /// How many milliseconds running jobs have after the first signal
    #[arg(short, long, value_name = "MS", default_value_t = 10_000)]
    backstop: u64,

    /// Where chance begins
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Print a line when a job is accepted, and one when it ends
    #[arg(long)]
    journal: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    // First of all, so that no signal finds nobody listening.
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
        // Cut off by the backstop, or not: the statistics say which.
        (_, Some(signal)) => ExitCode::from(signal.exit_code()),
        (Ok(()), None) => ExitCode::SUCCESS,
        (Err(PoolError::Cancelled(_)), None) => ExitCode::FAILURE,
    }
}
