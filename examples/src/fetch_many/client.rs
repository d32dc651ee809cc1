//! One request on one connection.

use std::{io, net::SocketAddr};

use http_body_util::{BodyExt, Empty};
use hyper::{Request, StatusCode, body::Bytes, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use taskgroup::group;
use thiserror::Error;
use tokio::net::TcpStream;

/// The reason why a request failed.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The server returned an error status.
    #[error("the server answered {0}")]
    Status(StatusCode),
    /// The connection could not be opened.
    #[error("no connection: {0}")]
    Connect(#[from] io::Error),
    /// The response is not valid HTTP.
    #[error("the exchange broke off: {0}")]
    Exchange(#[from] hyper::Error),
    /// The path is not valid in a request.
    #[error("not a request: {0}")]
    Request(#[from] hyper::http::Error),
}

/// Returns the length of the page at `path`.
///
/// With hyper, the caller has to drive the connection while the request waits. A daemon does that here: it borrows
/// nothing, is stopped when the response has arrived, and fails the request if it fails first.
///
/// # Errors
/// Returns a [`FetchError`], also for any status other than 200.
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
