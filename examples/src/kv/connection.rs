//! One connection.

use std::{future::Future, sync::Arc, time::Duration};

use bytes::BytesMut;
use redis_protocol::resp2::types::BytesFrame;
use taskgroup::draining;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    select,
    time::timeout,
};
use tokio_util::codec::{Decoder, Encoder};

use super::{
    KvError, Store,
    command::{Then, run},
    wire::{Wire, WireError},
};

/// How many bytes of answers are collected before they are written, so that pipelined requests for large values do not fill
/// the memory.
const MOST_UNWRITTEN: usize = 1 << 16;

/// Answers the requests of one client, until it leaves, is idle for too long, or the server drains.
///
/// Requests that have been read are answered in a drain too; then the connection is closed.
///
/// # Errors
/// [`KvError::Wire`] if the connection breaks, or the client does not speak the protocol.
pub async fn serve_connection(mut stream: TcpStream, store: Arc<Store>, idle: Duration) -> Result<(), KvError> {
    // An answer is small, and its client waits for it.
    stream.set_nodelay(true).map_err(WireError::Io)?;
    let mut wire = Wire::default();
    let (mut input, mut output) = (BytesMut::new(), BytesMut::new());
    loop {
        let next = answer(&mut wire, &mut input, &mut output, &store);
        if let Err(error) = &next {
            wire.encode(BytesFrame::Error(format!("ERR {error}").into()), &mut output)?;
        }
        // A client that does not read its answers is as idle as one that asks nothing.
        in_time(idle, stream.write_all_buf(&mut output)).await?.map_err(WireError::Io)?;
        match next? {
            Next::Write => {}
            Next::Close => return Ok(()),
            Next::Read => {
                let read = select! {
                    biased;
                    read = in_time(idle, stream.read_buf(&mut input)) => read,
                    () = draining() => return Ok(()),
                };
                match read {
                    Ok(Ok(0)) | Err(WireError::Idle) => return Ok(()),
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => return Err(WireError::Io(error).into()),
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
}

/// What a connection does after its answers have been written.
enum Next {
    /// Reads more requests.
    Read,
    /// Answers those that it has read already.
    Write,
    /// Ends.
    Close,
}

/// Answers the requests that have been read, until there are enough answers to write.
fn answer(wire: &mut Wire, input: &mut BytesMut, output: &mut BytesMut, store: &Store) -> Result<Next, WireError> {
    while let Some(request) = wire.decode(input)? {
        if request.is_empty() {
            continue;
        }
        let (answer, then) = run(&request, store);
        wire.encode(answer, output)?;
        if then == Then::Close {
            return Ok(Next::Close);
        }
        if output.len() > MOST_UNWRITTEN {
            return Ok(Next::Write);
        }
    }
    Ok(Next::Read)
}

async fn in_time<F: Future>(idle: Duration, future: F) -> Result<F::Output, WireError> {
    timeout(idle, future).await.map_err(|_| WireError::Idle)
}
