//! A key-value server for `redis-cli` and `redis-benchmark`: one accept loop in a function that owns its connections. Read
//! `examples/src/kv.rs` to see how a service accepts, isolates its connections, and drains.

use std::{net::SocketAddr, num::NonZeroUsize, process::ExitCode, sync::Arc, time::Duration};

use clap::Parser;
use taskgroup::shutdown_signal;
use taskgroup_examples::{
    complain,
    kv::{Plan, Store, serve},
};
use tokio::net::TcpListener;

/// Serves keys and values over Redis' protocol, until SIGTERM or Ctrl-C
///
/// At the signal, no connection is accepted any more, requests that have been read are answered, and idle connections are
/// closed. Exit status: 0 after a signal, 1 if the drain timeout cut connections off or the address is in use.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Address to listen on; port 0 chooses a free one
    #[arg(short, long, default_value = "127.0.0.1:6380")]
    listen: SocketAddr,

    /// Maximum number of connections
    #[arg(short, long, value_name = "N", default_value = "10000")]
    connections: NonZeroUsize,

    /// How long a connection may be idle, in milliseconds
    #[arg(short, long, value_name = "MS", default_value_t = 300_000)]
    idle: u64,

    /// Drain timeout after the signal, in milliseconds
    #[arg(short, long, value_name = "MS", default_value_t = 10_000)]
    backstop: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    // Before anything else, so that no signal arrives without a handler.
    let signal = shutdown_signal();
    let options = Options::parse();
    let plan = Plan {
        connections: options.connections.get(),
        idle: Duration::from_millis(options.idle),
        backstop: Duration::from_millis(options.backstop),
    };
    let listener = match TcpListener::bind(options.listen).await {
        Ok(listener) => listener,
        Err(error) => {
            complain!("kv: {}: {error}", options.listen);
            return ExitCode::FAILURE;
        }
    };
    match listener.local_addr() {
        Ok(address) => complain!("kv: listening on {address}"),
        Err(error) => complain!("kv: {error}"),
    }
    match serve(&listener, &Arc::new(Store::default()), &plan, signal).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("kv: {error}");
            ExitCode::FAILURE
        }
    }
}
