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

/// How long a connection to an upstream service is kept when no request needs it.
const IDLE: Duration = Duration::from_secs(5);

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
    /// There is no HTTP client.
    #[error("the HTTP client cannot be made")]
    Client(#[from] reqwest::Error),
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

/// How many requests and jobs there were. At the end, what was begun has been answered, except where the client left.
#[derive(Debug, Default)]
struct Tally {
    begun: AtomicU64,
    answered: AtomicU64,
    /// Requests that came when the server drained, or was still in them when it had to stop.
    turned_away: AtomicU64,
    accepted: AtomicU64,
    done: AtomicU64,
}

impl Tally {
    fn report(&self, lost: usize) {
        let of = |count: &AtomicU64| count.load(Relaxed);
        let (begun, answered, turned_away) = (of(&self.begun), of(&self.answered), of(&self.turned_away));
        let (accepted, done) = (of(&self.accepted), of(&self.done));
        tracing::info!(begun, answered, turned_away, accepted, done, lost, "all requests and jobs have ended");
        say!("requests: {begun} begun, {answered} answered, {turned_away} turned away");
        say!("jobs: {accepted} accepted, {done} done, {lost} lost");
    }
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
        // An idle connection is a task of the HTTP client's.
        client: reqwest::Client::builder().pool_idle_timeout(IDLE).build()?,
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
    app.tally.report(spawner.lost());
    ended.map(|((), _)| ())
}
