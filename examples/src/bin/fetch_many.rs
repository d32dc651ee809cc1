//! Fetches many pages from several mirrors within time limits. The server is part of the program.
//!
//! What it teaches: groups inside groups, each with a policy of its own. A race of mirrors for each page, all pages with
//! `settle`, so that what was late does not cost what was in time, and a server as a daemon beside them.

use std::{io, process::ExitCode, time::Duration};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use taskgroup::{Settled, Stopped, group, shutdown_signal};
use taskgroup_examples::{
    complain,
    fetch_many::{
        PageError, Plan, fetch_all,
        server::{Moods, Server},
    },
    say,
};
use tokio::time::Instant;

/// Fetches pages from a server that it starts itself, each from the mirror that responds first
///
/// Exit status: 0 if every page was fetched, 1 if not, 130 or 143 after Ctrl-C or SIGTERM.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Number of pages
    #[arg(short, long, value_name = "N", default_value_t = 500)]
    pages: u64,

    /// Number of mirrors of each page
    #[arg(short, long, value_name = "N", default_value_t = 3)]
    mirrors: u64,

    /// Number of pages that are fetched at once
    #[arg(short, long, value_name = "N", default_value_t = 32)]
    limit: u16,

    /// Time limit for a page, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 500)]
    per_request: u64,

    /// Time limit for all pages, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 30_000)]
    total: u64,

    /// Maximum response time of the server, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 40)]
    slowest: u64,

    /// Percentage of requests to which the server responds with an error
    #[arg(long, value_name = "PERCENT", default_value_t = 20, value_parser = clap::value_parser!(u64).range(..=100))]
    failing: u64,

    /// Percentage of requests to which the server never responds
    #[arg(long, value_name = "PERCENT", default_value_t = 5, value_parser = clap::value_parser!(u64).range(..=100))]
    silent: u64,

    /// Seed of the server's random numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Print the reason for every missing page
    #[arg(short, long)]
    verbose: bool,

    /// No progress bar, even on a terminal
    #[arg(short, long)]
    quiet: bool,
}

#[tokio::main]
async fn main() -> io::Result<ExitCode> {
    let signal = shutdown_signal().exit_on_second();
    let options = Options::parse();
    let plan = Plan {
        pages: options.pages,
        mirrors: options.mirrors,
        limit: options.limit.max(1).into(),
        per_request: Duration::from_millis(options.per_request),
        total: Duration::from_millis(options.total),
    };
    let moods =
        Moods { slowest: options.slowest, failing: options.failing, silent: options.silent, seed: options.seed };
    let server = Server::bind(moods)?;
    let address = server.address()?;

    let began = Instant::now();
    let bar = if options.quiet { ProgressBar::hidden() } else { progress_bar(plan.pages) };
    let received = std::cell::Cell::new(None);
    let fetched = group!(
        pages = async { Ok(fetch_all(address, &plan, || bar.inc(1)).await) },
        // For as long as pages are fetched.
        #[daemon]
        #[spawn]
        server = server.serve(),
    )
    .outcome()
    .cancel_on(async { received.set(Some(signal.await)) })
    // Time to report the outcome of each page.
    .grace(plan.per_request)
    .await;
    bar.finish_and_clear();

    let pages = match fetched {
        Ok(pages) => pages,
        Err(Stopped::Failed { error, .. }) => return Err(error),
        Err(stopped) => {
            complain!("fetch_many: {stopped}");
            return Ok(received.get().map_or(ExitCode::FAILURE, |signal| ExitCode::from(signal.exit_code())));
        }
    };
    report(&pages, began, options.verbose);
    Ok(match received.get() {
        Some(signal) => ExitCode::from(signal.exit_code()),
        None if pages.iter().all(Settled::is_done) => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    })
}

fn report(pages: &[Settled<usize, PageError>], began: Instant, verbose: bool) {
    if verbose {
        for (page, settled) in pages.iter().enumerate() {
            match settled {
                Settled::Done(_) => {}
                Settled::Failed(error) => complain!("page {page}: {error}"),
                Settled::Cancelled { cause, .. } => complain!("page {page}: cancelled: {cause}"),
                Settled::NeverStarted => complain!("page {page}: never asked for"),
                Settled::Panicked(panicked) => complain!("page {page}: {panicked}"),
            }
        }
    }
    let bytes: usize = pages.iter().filter_map(Settled::as_done).sum();
    let tally = Settled::tally(pages);
    say!(
        "{} pages: {} done, {} failed, {} cancelled, {} never started; {bytes} bytes in {:.1?}",
        pages.len(),
        tally.done,
        tally.failed,
        tally.cancelled,
        tally.never_started,
        began.elapsed(),
    );
}

/// On standard error, and only if that is a terminal.
fn progress_bar(pages: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} pages, {eta} to go");
    ProgressBar::new(pages).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
