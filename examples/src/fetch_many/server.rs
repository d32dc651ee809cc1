//! An unreliable web server on the loopback interface.

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use futures::stream;
use http_body_util::Full;
use hyper::{Request, Response, StatusCode, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use taskgroup::{group, or_cancelled};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::sleep,
};

use crate::{accept::accept, chance::Chance};

/// How the server treats requests.
#[derive(Clone, Copy, Debug)]
pub struct Moods {
    /// The maximum time until a response, in milliseconds.
    pub slowest: u64,
    /// The percentage of requests that get an error.
    pub failing: u64,
    /// The percentage of requests that get no response at all.
    pub silent: u64,
    /// The seed of the random numbers. Each path derives its own, so it is treated the same way every time.
    pub seed: u64,
}

/// A server that is bound to its address and does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    moods: Moods,
}

impl Server {
    /// Binds to any free port.
    ///
    /// # Errors
    /// Fails if there is none.
    pub fn bind(moods: Moods) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        // As many as are likely to connect at once; a client that finds the queue full retries after a second.
        Ok(Self { listener: socket.listen(4096)?, moods })
    }

    /// Returns the address of the server.
    ///
    /// # Errors
    /// Fails if the operating system does not report it.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until it is cancelled, with one child per connection. A broken connection, or one whose handler panics, ends
    /// only itself.
    ///
    /// # Errors
    /// If the server is cancelled.
    pub async fn serve(self) -> io::Result<()> {
        let Self { listener, moods } = self;
        let accepting = stream::unfold(listener, async |listener| {
            accept(&listener, "fetch_many").await.map(|stream| (stream, listener))
        });
        let serving = group!(
            #[stream]
            #[spawn]
            connections = for stream in accepting {
                connection(stream, moods)
            }
        )
        .supervise(|_, _| ())
        .name("server");
        Ok(or_cancelled(serving).await??)
    }
}

async fn connection(stream: TcpStream, moods: Moods) -> hyper::Result<()> {
    let answer = service_fn(|request: Request<_>| async move { Ok::<_, Infallible>(answer(&request, moods).await) });
    http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await
}

async fn answer<B>(request: &Request<B>, moods: Moods) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    let seed = path.bytes().fold(moods.seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
    let mut chance = Chance::new(seed);
    sleep(Duration::from_millis(chance.below(moods.slowest + 1))).await;
    if chance.happens(moods.silent) {
        std::future::pending::<()>().await;
    }
    let failed = chance.happens(moods.failing);
    let status = if failed { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let mut response = Response::new(Full::new(Bytes::from(format!("{path} says: {status}\n").repeat(20))));
    *response.status_mut() = status;
    response
}
