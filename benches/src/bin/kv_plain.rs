//! The accept loop of the example `kv` as it is written without this crate: tasks, a tracker, a token and a semaphore. Its
//! connections and its store are those of the example, so `benches/services/kv` compares the loops and nothing else.

use std::{io, net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use taskgroup_examples::{
    complain,
    kv::{KvError, Plan, Store, WireError, serve_connection},
};
use tokio::{
    net::{TcpListener, TcpStream},
    select,
    signal::unix::{SignalKind, signal},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

// The counterpart of `kv::serve`: begin.
async fn serve(listener: &TcpListener, store: &Arc<Store>, plan: &Plan, stop: CancellationToken) -> io::Result<()> {
    let tracker = TaskTracker::new();
    let room = Arc::new(Semaphore::new(plan.connections));
    let expiry = tokio::spawn({
        let store = store.clone();
        async move { store.expire().await }
    });
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else { break };
        let Some(stream) = accept(listener, &stop).await else { break };
        let (store, stop, idle) = (store.clone(), stop.clone(), plan.idle);
        tracker.spawn(async move {
            let served = select! {
                () = stop.cancelled() => Ok(()),
                served = serve_connection(stream, store, idle) => served,
            };
            if let Err(error) = served {
                report(&error);
            }
            drop(permit);
        });
    }
    tracker.close();
    let drained = timeout(plan.backstop, tracker.wait()).await;
    expiry.abort();
    drained.map_err(io::Error::from)
}
// The counterpart of `kv::serve`: end.

async fn accept(listener: &TcpListener, stop: &CancellationToken) -> Option<TcpStream> {
    let mut pause = Duration::from_millis(5);
    loop {
        let failed = select! {
            biased;
            () = stop.cancelled() => return None,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => return Some(stream),
                Err(error) => error,
            },
        };
        complain!("kv_plain: accept: {failed}");
        select! {
            () = stop.cancelled() => return None,
            () = sleep(pause) => pause = (pause * 2).min(Duration::from_secs(1)),
        }
    }
}

fn report(error: &KvError) {
    if !matches!(error, KvError::Wire(WireError::Io(_))) {
        complain!("kv_plain: {error}");
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let address = std::env::args().nth(1).and_then(|address| address.parse().ok());
    let address: SocketAddr = address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 6381)));
    let plan = Plan { connections: 10_000, idle: Duration::from_secs(300), backstop: Duration::from_secs(10) };
    let stop = CancellationToken::new();
    let ended = async {
        let mut terminated = signal(SignalKind::terminate())?;
        let listener = TcpListener::bind(address).await?;
        complain!("kv_plain: listening on {}", listener.local_addr()?);
        tokio::spawn({
            let stop = stop.clone();
            async move {
                terminated.recv().await;
                stop.cancel();
            }
        });
        serve(&listener, &Arc::new(Store::default()), &plan, stop.clone()).await
    };
    match ended.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("kv_plain: {error}");
            ExitCode::FAILURE
        }
    }
}
