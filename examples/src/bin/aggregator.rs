//! A web service under axum whose requests, background jobs and websockets are all children of one group: how a server is
//! shut down without losing anything that it accepted.

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use taskgroup::shutdown_signal;
use taskgroup_examples::{
    aggregator::{Settings, serve},
    complain, say,
};
use tokio::net::TcpListener;

/// Puts the profiles of users together from three services
///
/// At SIGTERM or Ctrl-C it accepts nothing more, finishes what it has begun within the drain timeout, and ends with 0. A
/// request that is open after that is answered with 503; if a job was stopped, the exit status is 1. A second signal ends
/// the program at once.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: String,

    /// Where `upstream` listens
    #[arg(long, default_value = "http://127.0.0.1:3001")]
    upstream: String,

    /// How long a profile may take, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 300)]
    deadline: u64,

    /// Drain timeout, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    drain: u64,

    /// Grace period after that, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1_000)]
    grace: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let signal = shutdown_signal().exit_on_second();
    // A log that is no longer read does not end the server.
    tracing_subscriber::fmt().with_writer(std::io::stderr).log_internal_errors(false).init();
    // `kill -USR1` prints what the server does, also if it does not answer any more.
    #[cfg(unix)]
    if let Err(error) = taskgroup::tree::dump_on(tokio::signal::unix::SignalKind::user_defined1()) {
        eprintln!("aggregator: no tree at a signal: {error}");
    }
    let options = Options::parse();
    let settings = Settings {
        upstream: options.upstream,
        deadline: Duration::from_millis(options.deadline),
        drain: Duration::from_millis(options.drain),
        grace: Duration::from_millis(options.grace),
    };
    let listener = match TcpListener::bind(&options.listen).await {
        Ok(listener) => listener,
        Err(error) => {
            complain!("aggregator: cannot listen on {}: {error}", options.listen);
            return ExitCode::FAILURE;
        }
    };
    if let Ok(address) = listener.local_addr() {
        say!("listening on {address}");
    }
    match serve(listener, settings, signal).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("aggregator: {error}");
            ExitCode::FAILURE
        }
    }
}
