//! Four long-running children that need one another, joined by channels: any failure stops all of them, and the first
//! is the one that is reported.
//!
//! ```text
//! relay --blocks 1000                  # a finite run
//! relay --fail verify --after 70       # one failure
//! relay --inject in-order              # each stage in turn, by an error and by a panic
//! relay --inject random --rounds 1000
//! relay --pace 100 --tree text         # the running children; with `--features tree`
//! ```
//!
//! What it teaches: a pipeline in which each stage waits for the others. No stage handles the end of another; whichever
//! notices first, the error is that of the stage that failed, and a drain empties the pipeline from its beginning.

use std::{cell::Cell, process::ExitCode, time::Duration};

use clap::{Parser, ValueEnum};
use taskgroup::{ShutdownSignal, shutdown_signal};
use taskgroup_examples::{
    chance::Chance,
    complain,
    relay::{Fault, How, Plan, Stage, relay},
    say,
};

/// Relays blocks through four stages, until SIGTERM or Ctrl-C
///
/// Exit status: 0 at the end of --blocks, 1 if a stage failed (or, with --inject, if an error was reported that is not the
/// injected one), 143 or 130 after SIGTERM or Ctrl-C, when all blocks taken in have come out.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// How many blocks to relay [default: no end, or 50 with --inject]
    #[arg(short, long, value_name = "N")]
    blocks: Option<u64>,

    /// Transactions in a block
    #[arg(short, long, value_name = "N", default_value_t = 10)]
    size: u64,

    /// Maximum number of blocks in flight
    #[arg(short, long, value_name = "N", default_value_t = 8)]
    window: u16,

    /// Milliseconds between two blocks
    #[arg(short, long, value_name = "MS", default_value_t = 0)]
    pace: u64,

    /// Let this stage fail
    #[arg(long, value_name = "STAGE", conflicts_with = "inject")]
    fail: Option<Stage>,

    /// Number of steps after which it fails
    #[arg(long, value_name = "N", default_value_t = 25, requires = "fail")]
    after: u64,

    /// Kind of failure
    #[arg(long, default_value = "error", requires = "fail")]
    how: How,

    /// Run repeatedly, with a failure of each stage in order, or of a random one
    #[arg(long, value_name = "ORDER")]
    inject: Option<Inject>,

    /// Number of runs, with --inject
    #[arg(long, value_name = "N", default_value_t = 40, requires = "inject")]
    rounds: u64,

    /// Print the running groups and children every second, on standard error
    #[cfg(feature = "tree")]
    #[arg(long, value_name = "FORMAT", conflicts_with = "inject")]
    tree: Option<Format>,

    /// Seed of the random numbers, with --inject random
    #[arg(long, value_name = "N", default_value_t = 1, requires = "inject")]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Inject {
    InOrder,
    Random,
}

#[cfg(feature = "tree")]
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    #[cfg(feature = "tree")]
    if let Some(format) = options.tree {
        tokio::spawn(show_tree(format));
    }
    let mut plan = Plan {
        blocks: options.blocks,
        size: options.size.max(1),
        window: options.window.max(1).into(),
        pace: Duration::from_millis(options.pace),
        fault: options.fail.map(|stage| Fault { stage, after: options.after, how: options.how }),
    };
    match options.inject {
        Some(order) => {
            plan.blocks = plan.blocks.or(Some(50));
            inject(plan, order, options.rounds, options.seed).await
        }
        None => run(&plan, shutdown_signal().exit_on_second()).await,
    }
}

async fn run(plan: &Plan, signal: ShutdownSignal) -> ExitCode {
    let received = Cell::new(None);
    let ended = relay(plan, async { received.set(Some(signal.await)) }).await;
    match ended {
        Ok(summary) => say!(
            "{} blocks with {} transactions, {} of them valid",
            summary.blocks,
            summary.transactions,
            summary.valid
        ),
        Err(error) => {
            complain!("relay: {error}");
            return ExitCode::FAILURE;
        }
    }
    received.get().map_or(ExitCode::SUCCESS, |signal| ExitCode::from(signal.exit_code()))
}

/// Prints the tree every second, for as long as the program runs.
#[cfg(feature = "tree")]
async fn show_tree(format: Format) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let tree = taskgroup::tree::snapshot();
        match format {
            Format::Text => complain!("{tree}\n"),
            Format::Json => complain!("{}", serde_json::to_string(&tree).unwrap_or_else(|error| error.to_string())),
        }
    }
}

/// Injects a failure in every round, and checks that the relay reports it.
async fn inject(mut plan: Plan, order: Inject, rounds: u64, seed: u64) -> ExitCode {
    std::panic::set_hook(Box::new(|_| ())); // they are on purpose
    let mut chance = Chance::new(seed);
    let mut wrong = 0;
    for round in 0..rounds {
        let fault = match order {
            Inject::InOrder => Fault {
                stage: Stage::ALL[round as usize % 4],
                after: round / 8 % 20,
                how: if round / 4 % 2 == 0 { How::Error } else { How::Panic },
            },
            Inject::Random => Fault {
                stage: Stage::ALL[chance.below(4) as usize],
                after: chance.below(40),
                how: if chance.below(2) == 0 { How::Error } else { How::Panic },
            },
        };
        plan.fault = Some(fault);
        match relay(&plan, std::future::pending::<()>()).await {
            Err(error) if fault.explains(&error) => say!("{round}: {error}"),
            ended => {
                wrong += 1;
                complain!("relay: round {round}: {fault:?} was reported as {ended:?}");
            }
        }
    }
    say!("{rounds} failures, {wrong} of them not reported as they were");
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
