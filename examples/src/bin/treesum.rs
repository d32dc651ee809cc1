//! SHA-256 of every file below a directory, in parallel, in the format of `sha256sum`:
//!
//! ```text
//! treesum DIR | sha256sum -c --quiet
//! ```
//!
//! What it teaches: work that blocks. Threads read and sum at the same time, never more than `limit`, and none of them can be
//! dropped: each asks between two chunks whether it is still wanted.

use std::{
    io::{self, BufWriter, Write},
    num::NonZeroUsize,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    thread,
    time::Duration,
};

use clap::Parser;
use taskgroup::{ShutdownSignal, Signal, group, shutdown_signal};
use taskgroup_examples::treesum::{Job, Meter, Stop, Summary, message, sum_tree};
use tokio::{runtime, time::sleep};

/// SHA-256 of every file below a directory, as sha256sum prints it, sorted by path
///
/// Regular files only; symbolic links are not followed. Exit status: 0 if every file is in the list, 1 if something could
/// not be read (or the list not be written), 2 for a wrong command line, 130 or 143 after Ctrl-C or SIGTERM.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Where to start
    #[arg(default_value = ".")]
    dir: PathBuf,

    /// Number of threads that read files at once [default: the number of cores]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// Stop at the first file that cannot be read, and print no list
    #[arg(long)]
    fail_fast: bool,

    /// No progress bar, even on a terminal
    #[arg(short, long)]
    quiet: bool,
}

fn main() -> ExitCode {
    // Before anything else, so that no signal arrives without a handler.
    let signals = (shutdown_signal(), shutdown_signal());
    let options = Options::parse();
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("no runtime: {error}")),
    };
    let status = runtime.block_on(run(options, signals));
    // A read that does not return, on a dead network disk say, must not keep the program alive.
    runtime.shutdown_background();
    status
}

async fn run(options: Options, (first, again): (ShutdownSignal, ShutdownSignal)) -> ExitCode {
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let job = Job {
        jobs: options.jobs.map_or_else(cores, NonZeroUsize::get),
        fail_fast: options.fail_fast,
        root: options.dir.clone(),
    };
    let meter = Arc::new(if options.quiet { Meter::hidden() } else { Meter::on_stderr() });
    let out = BufWriter::with_capacity(1 << 16, io::stdout());

    // A signal is a failing child: it cancels the others, and the group waits for them. They check their token between
    // two chunks; if one is stuck inside a system call, the program ends after a time limit.
    let ended = tokio::select! {
        ended = group!(sum = sum_tree(job, &meter, out), #[daemon] interrupted(first)) => ended,
        signal = patience(again) => Err(Stop::Interrupted(signal)),
    };
    meter.finish();

    match ended {
        Ok(Summary { summed: 0, unreadable: 0 }) => {
            say(&message(&options.dir, "no files"));
            ExitCode::SUCCESS
        }
        Ok(Summary { unreadable: 0, .. }) => ExitCode::SUCCESS,
        Ok(Summary { summed, unreadable }) => failed(&format!("{summed} files summed, {unreadable} not readable")),
        Err(Stop::Unreadable(unreadable)) => {
            say(&unreadable.line());
            ExitCode::FAILURE
        }
        Err(Stop::Interrupted(signal)) => {
            say(format!("treesum: interrupted: {meter}\n").as_bytes());
            ExitCode::from(signal.exit_code())
        }
        // The reader has closed the pipe, as in `treesum | head`.
        Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(stop) => failed(&stop.to_string()),
    }
}

async fn interrupted(signal: ShutdownSignal) -> Result<(), Stop> {
    Err(Stop::Interrupted(signal.await))
}

async fn patience(signal: ShutdownSignal) -> Signal {
    let signal = signal.await;
    sleep(Duration::from_millis(800)).await;
    signal
}

fn failed(why: &str) -> ExitCode {
    say(format!("treesum: {why}\n").as_bytes());
    ExitCode::FAILURE
}

/// Prints to standard error. If that is gone, the failure cannot be reported anywhere.
fn say(line: &[u8]) {
    drop(io::stderr().write_all(line));
}
