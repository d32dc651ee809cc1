//! The three services that `aggregator` asks, with delays and failures to set: how a program gets bad neighbours to be
//! tested with.

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use taskgroup::shutdown_signal;
use taskgroup_examples::{
    aggregator::upstream::{Manners, serve},
    complain, say,
};
use tokio::net::TcpListener;

/// Serves /user/ID, /posts/ID and /friends/ID
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:3001")]
    listen: String,

    /// How long every answer takes, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 10)]
    delay: u64,

    /// Fail one of so many requests; 0 for none
    #[arg(long, value_name = "N", default_value_t = 0)]
    fail_every: u64,

    /// Be slow at one of so many requests; 0 for none
    #[arg(long, value_name = "N", default_value_t = 0)]
    slow_every: u64,

    /// How long a slow answer takes, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 5_000)]
    slow: u64,

    /// Never answer for this service
    #[arg(long, value_name = "SERVICE")]
    hang: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let signal = shutdown_signal();
    let options = Options::parse();
    let manners = Manners {
        delay: Duration::from_millis(options.delay),
        fail_every: options.fail_every,
        slow_every: options.slow_every,
        slow: Duration::from_millis(options.slow),
        hang: options.hang,
    };
    let served = async {
        let listener = TcpListener::bind(&options.listen).await?;
        say!("listening on {}", listener.local_addr()?);
        serve(listener, manners, signal).await
    };
    match served.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("upstream: {error}");
            ExitCode::FAILURE
        }
    }
}
