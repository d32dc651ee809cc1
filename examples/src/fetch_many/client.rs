//! One request on one connection.

use std::{io, net::SocketAddr};

use http_body_util::{BodyExt, Empty};
use hyper::{Request, StatusCode, body::Bytes, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use taskgroup::group;
use thiserror::Error;
use tokio::net::TcpStream;

/// Why there is no page.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The server said no.
    #[error("the server answered {0}")]
    Status(StatusCode),
    /// There was no server.
    #[error("no connection: {0}")]
    Connect(#[from] io::Error),
    /// It is not HTTP what came.
    #[error("the exchange broke off: {0}")]
    Exchange(#[from] hyper::Error),
    /// The path makes no request.
    #[error("not a request: {0}")]
    Request(#[from] hyper::http::Error),
}

/// The length of what is at `path`.
///
/// hyper leaves it to its caller to drive the connection while the request waits. A daemon does just that: it borrows
/// nothing, is stopped when the response is there, and fails the request if it fails first.
///
/// # Errors
/// [`FetchError`]: for any answer but 200, too.
pub async fn get(server: SocketAddr, path: String) -> Result<usize, FetchError> {
    let stream = TcpStream::connect(server).await?;
    let (mut requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get(path).header(HOST, server.to_string()).body(Empty::<Bytes>::new())?;
    group!(
        response = async {
            let response = requests.send_request(request).await?;
            if response.status() != StatusCode::OK {
                return Err(FetchError::Status(response.status()));
            }
            Ok(response.into_body().collect().await?.to_bytes().len())
        },
        #[daemon]
        connection = async { Ok(connection.await?) },
    )
    .await
}
