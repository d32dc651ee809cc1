//! How a server accepts.

use std::{io, time::Duration};

use taskgroup::draining;
use tokio::{
    net::{TcpListener, TcpStream},
    select,
    time::sleep,
};

use crate::complain;

/// Returns the next connection, or `None` once the server drains. `program` is the first word of what it reports.
///
/// An `accept` that fails is no reason to end a server: a client that has gone already is skipped, and a process that has run
/// out of files tries again later, when connections have been closed.
pub async fn accept(listener: &TcpListener, program: &str) -> Option<TcpStream> {
    let mut pause = Duration::from_millis(5);
    loop {
        let failed = select! {
            biased;
            () = draining() => return None,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => return Some(stream),
                Err(error) => error,
            },
        };
        if matches!(failed.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
            continue;
        }
        complain!("{program}: accept: {failed}; next attempt in {} ms", pause.as_millis());
        select! {
            () = draining() => return None,
            () = sleep(pause) => pause = (pause * 2).min(Duration::from_secs(1)),
        }
    }
}
