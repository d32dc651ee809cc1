//! A director, its three managers, the control session and the anomaly monitor: on an anomaly, or at a signal, every manager
//! gets the important message; then the session is cancelled, which is not a failure.
//!
//! ```text
//! director                 # until Ctrl-C or SIGTERM
//! director --anomaly 20
//! ```
//!
//! What it teaches: a function that owns its children and ends them in an order. A drain is the body's to react to, so
//! every manager has its message before anything is stopped.

use std::{cell::Cell, process::ExitCode, time::Duration};

use clap::Parser;
use taskgroup::shutdown_signal;
use taskgroup_examples::{complain, director::director, say};

/// Runs until the anomaly, Ctrl-C or SIGTERM, and prints which managers were notified
///
/// Exit status: 0 after the anomaly, 130 or 143 after Ctrl-C or SIGTERM. A second signal ends the program at once.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// The number of the reading that is not normal [default: none]
    #[arg(short, long, value_name = "N")]
    anomaly: Option<u64>,

    /// Milliseconds between two readings
    #[arg(short, long, value_name = "MS", default_value_t = 5)]
    pace: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    // Before anything else, so that no signal arrives without a handler.
    let signal = shutdown_signal().exit_on_second();
    let options = Options::parse();
    let received = Cell::new(None);
    let stop = async { received.set(Some(signal.await)) };
    match director(options.anomaly, Duration::from_millis(options.pace), stop).await {
        Ok(minutes) => {
            for minutes in minutes {
                say!("{} received {:?}", minutes.manager, minutes.received);
            }
            received.get().map_or(ExitCode::SUCCESS, |signal| ExitCode::from(signal.exit_code()))
        }
        Err(error) => {
            complain!("director: {error}");
            ExitCode::FAILURE
        }
    }
}
