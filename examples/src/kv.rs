//! A key-value server that speaks Redis' protocol (RESP2): one accept loop that owns its connections.
//!
//! ```text
//!   serve ──#[spawn]──▶ connection, any number below the limit; supervised
//!     └─────#[daemon]─▶ expiry
//! ```
//!
//! What it teaches: a service is one function. `limit` bounds the connections, and the loop waits for room before it accepts
//! another; `supervise` keeps the failure or the panic of one connection from the others; `drain_on` ends the loop, lets each
//! connection finish the commands it has read, and closes the idle ones; `drain_timeout` bounds that.

mod command;
mod connection;
mod store;
mod wire;

use std::{sync::Arc, time::Duration};

use taskgroup::{Cancelled, Failure, task_group};
use thiserror::Error;
use tokio::net::TcpListener;

use crate::{accept::accept, complain};

pub use connection::serve_connection;
pub use store::Store;
pub use wire::WireError;

/// The configuration of the server.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The maximum number of connections.
    pub connections: usize,
    /// How long a connection may be idle, or its client may take to read an answer.
    pub idle: Duration,
    /// The maximum duration of a drain.
    pub backstop: Duration,
}

/// The reason why a connection, or the server, ended.
#[derive(Debug, Error)]
pub enum KvError {
    /// The connection broke, or its client sent something that is not the protocol.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Cancelled by the drain timeout.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Accepts connections until `stop` resolves, and returns when all of them have ended.
///
/// # Errors
/// [`KvError::Cancelled`] if the drain timeout cut connections off.
#[task_group(
    name = "kv",
    limit = plan.connections,
    supervise = |name, failure| report(name, &failure),
    drain_on = stop,
    drain_timeout = plan.backstop
)]
pub async fn serve<S>(listener: &TcpListener, store: &Arc<Store>, plan: &Plan, stop: S) -> Result<(), KvError>
where
    S: IntoFuture,
{
    #[daemon]
    store.expire();
    while let Some(stream) = accept(listener, "kv").await {
        #[spawn]
        serve_connection(stream, store.clone(), plan.idle);
    }
    Ok(())
}

fn report(name: &str, failure: &Failure<KvError>) {
    match failure {
        // A client that hangs up is no news.
        Failure::Failed(KvError::Wire(WireError::Io(_))) => {}
        failure => complain!("kv: {name}: {failure}"),
    }
}
