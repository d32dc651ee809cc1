//! A director, its three managers, the control session and the anomaly monitor: on an anomaly every manager gets the
//! important message, then the session is cancelled, which is not a failure.
//!
//! ```text
//! director --anomaly 20
//! ```

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use taskgroup_examples::director::director;

/// Runs until the anomaly, and prints which managers were notified
#[derive(Parser)]
#[command(version)]
struct Options {
    /// The number of the reading that is not normal
    #[arg(short, long, value_name = "N", default_value_t = 20)]
    anomaly: u64,

    /// Milliseconds between two readings
    #[arg(short, long, value_name = "MS", default_value_t = 5)]
    pace: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    match director(options.anomaly, Duration::from_millis(options.pace)).await {
        Ok(minutes) => {
            for minutes in minutes {
                println!("{} received {:?}", minutes.manager, minutes.received);
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("director: {error}");
            ExitCode::FAILURE
        }
    }
}
