//! A web service that puts answers together, and the three services that it asks.
//!
//! `serve` is the group of the whole server. Everything that a request leads to is in it: the request itself (a tracked
//! child), its calls to the upstream services (a group in the handler), work that outlives it (a job), and a websocket (a
//! tracked child again). So the signal to stop has one place to go to, and the end of `serve` is the end of all of it.

pub mod profile;
pub mod upstream;
mod web;

use std::{
    future::Future,
    io,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use taskgroup::{
    Cancelled, draining, group,
    spawner::{self, Spawner},
};
use tokio::net::TcpListener;

use crate::say;

/// The settings of the command line.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the upstream services are: `http://127.0.0.1:3001`.
    pub upstream: String,
    /// How long a profile may take.
    pub deadline: Duration,
    /// How long requests, jobs and websockets have after the signal to stop.
    pub drain: Duration,
    /// How long they have after that, to answer that they were stopped.
    pub grace: Duration,
}

/// Why the server ended otherwise than by the signal.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener failed.
    #[error("the listener failed")]
    Listener(#[from] io::Error),
    /// The drain took too long, and something was stopped.
    #[error("not all was done when the drain timed out")]
    Stopped(#[from] Cancelled),
}

/// What every handler has.
struct App {
    settings: Settings,
    client: reqwest::Client,
    /// The group of the server, for work that outlives its request.
    spawner: Spawner<ServeError>,
    tally: Tally,
}

/// How many jobs there were.
#[derive(Debug, Default)]
struct Tally {
    accepted: AtomicU64,
    done: AtomicU64,
}

/// Serves until `stop` resolves; then takes nothing new, and returns when everything that was begun has ended.
///
/// # Errors
/// If the listener fails, or the drain takes longer than the settings allow.
pub async fn serve(listener: TcpListener, settings: Settings, stop: impl Future) -> Result<(), ServeError> {
    let (spawner, jobs) = spawner::bounded(1_000);
    let (drain, grace) = (settings.drain, settings.grace);
    let app = std::sync::Arc::new(App {
        settings,
        client: reqwest::Client::new(),
        spawner: spawner.clone(),
        tally: Tally::default(),
    });
    let router = web::router(app.clone(), spawner.clone());
    let ended = group!(
        http = async {
            // axum polls `draining()` on a task of its own: it belongs to the group in which it was created.
            let graceful = axum::serve(listener, router).with_graceful_shutdown(draining());
            Ok(graceful.await?)
        },
        #[stream]
        #[spawn]
        jobs = for job in jobs {
            job
        },
    )
    .name("server")
    .drain_on(stop)
    .drain_timeout(drain)
    .grace(grace)
    .await;
    let (accepted, done) = (app.tally.accepted.load(Relaxed), app.tally.done.load(Relaxed));
    tracing::info!(accepted, done, lost = spawner.lost(), "all jobs have ended");
    say!("jobs: {accepted} accepted, {done} done, {} lost", spawner.lost());
    ended.map(|((), _)| ())
}
