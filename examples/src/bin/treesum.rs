//! SHA-256 of every file below a directory, in parallel, in the format of `sha256sum`:
//!
//! ```text
//! treesum DIR | sha256sum -c --quiet
//! ```

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
use taskgroup::group;
use taskgroup_examples::treesum::{Job, Meter, Stop, Summary, message, sum_tree};
use tokio::{runtime, signal::ctrl_c, time::sleep};

/// SHA-256 of every file below a directory, as sha256sum prints it, sorted by path
///
/// Regular files only; symbolic links are not followed. Exit status: 0 if every file is in the list, 1 if something could
/// not be read (or the list not be written), 2 for a wrong command line, 130 after Ctrl-C.
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
    let options = Options::parse();
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("no runtime: {error}")),
    };
    let status = runtime.block_on(run(options));
    // A read that does not return, on a dead network disk say, must not keep the program alive.
    runtime.shutdown_background();
    status
}

async fn run(options: Options) -> ExitCode {
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let job = Job {
        jobs: options.jobs.map_or_else(cores, NonZeroUsize::get),
        fail_fast: options.fail_fast,
        root: options.dir.clone(),
    };
    let meter = Arc::new(if options.quiet { Meter::hidden() } else { Meter::on_stderr() });
    let out = BufWriter::with_capacity(1 << 16, io::stdout());

    // Ctrl-C is a failing child: it cancels the others, and the group waits for them. They check their token between
    // two chunks; if one is stuck inside a system call, the program ends after a time limit.
    let ended = tokio::select! {
        ended = group!(sum = sum_tree(job, &meter, out), #[daemon] interrupted()) => ended,
        () = patience() => Err(Stop::Interrupted),
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
        Err(Stop::Interrupted) => {
            say(format!("treesum: interrupted: {meter}\n").as_bytes());
            ExitCode::from(130)
        }
        // The reader has closed the pipe, as in `treesum | head`.
        Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(stop) => failed(&stop.to_string()),
    }
}

async fn interrupted() -> Result<(), Stop> {
    match ctrl_c().await {
        Ok(()) => Err(Stop::Interrupted),
        Err(_) => std::future::pending().await, // no handler, so Ctrl-C kills as it does by default
    }
}

async fn patience() {
    if ctrl_c().await.is_err() {
        std::future::pending().await
    }
    sleep(Duration::from_millis(800)).await;
}

fn failed(why: &str) -> ExitCode {
    say(format!("treesum: {why}\n").as_bytes());
    ExitCode::FAILURE
}

/// Prints to standard error. If that is gone, the failure cannot be reported anywhere.
fn say(line: &[u8]) {
    drop(io::stderr().write_all(line));
}
