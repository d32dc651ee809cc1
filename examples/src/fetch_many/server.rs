//! A web server with moods, on the loopback interface.

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

use crate::chance::Chance;

/// How the server treats those who ask.
#[derive(Clone, Copy, Debug)]
pub struct Moods {
    /// How many milliseconds an answer takes at most.
    pub slowest: u64,
    /// How many requests in a hundred get an error.
    pub failing: u64,
    /// How many requests in a hundred get no answer at all.
    pub silent: u64,
    /// Where chance begins. Each path has its own, so the server treats it the same every time.
    pub seed: u64,
}

/// A server that has its address and does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    moods: Moods,
}

impl Server {
    /// Takes any free port.
    ///
    /// # Errors
    /// If there is none.
    pub fn bind(moods: Moods) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        // As many as are likely to knock at once; whoever finds the queue full tries again after a second.
        Ok(Self { listener: socket.listen(4096)?, moods })
    }

    /// Where it will be found.
    ///
    /// # Errors
    /// If the operating system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until it is cancelled: one child for each connection, and a connection that breaks is nobody's failure.
    ///
    /// # Errors
    /// If connections can be accepted no more, or nobody needs the server any more.
    pub async fn serve(self) -> io::Result<()> {
        let Self { listener, moods } = self;
        let connections = stream::poll_fn(|cx| listener.poll_accept(cx).map(Some));
        let serving = group!(
            #[stream]
            #[spawn]
            connections = for accepted in connections {
                async move {
                    let (stream, _) = accepted?;
                    drop(connection(stream, moods).await);
                    Ok(())
                }
            }
        )
        .name("server");
        or_cancelled(serving).await?.map(drop::<Vec<()>>)
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
