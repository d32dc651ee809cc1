//! Three services that misbehave on demand.

use std::{
    future::{Future, pending},
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use taskgroup::{draining, group, in_current_group};
use tokio::{net::TcpListener, time::sleep};

/// How the services behave.
#[derive(Debug, Clone)]
pub struct Manners {
    /// How long every answer takes.
    pub delay: Duration,
    /// Every how many requests one fails; 0 for none.
    pub fail_every: u64,
    /// Every how many requests one takes `slow`; 0 for none.
    pub slow_every: u64,
    /// How long those take.
    pub slow: Duration,
    /// The service that never answers.
    pub hang: Option<String>,
}

struct Upstream {
    manners: Manners,
    requests: AtomicU64,
}

/// Serves until `stop` resolves.
///
/// # Errors
/// If the listener fails.
pub async fn serve(listener: TcpListener, manners: Manners, stop: impl Future) -> io::Result<()> {
    let state = Arc::new(Upstream { manners, requests: AtomicU64::new(0) });
    let router = Router::new().route("/{service}/{id}", get(answer)).with_state(state);
    group!(http = async { axum::serve(listener, router).with_graceful_shutdown(in_current_group(draining())).await })
        .name("upstream")
        .drain_on(stop)
        .drain_timeout(Duration::from_secs(1))
        .await
}

async fn answer(State(upstream): State<Arc<Upstream>>, Path((service, id)): Path<(String, u64)>) -> Response {
    let Upstream { manners, requests } = &*upstream;
    let number = requests.fetch_add(1, Relaxed) + 1;
    let is_due = |every: u64| every > 0 && number % every == 0;
    if manners.hang.as_ref() == Some(&service) {
        pending::<()>().await;
    }
    sleep(if is_due(manners.slow_every) { manners.slow } else { manners.delay }).await;
    if is_due(manners.fail_every) {
        return (StatusCode::INTERNAL_SERVER_ERROR, "out of order\n").into_response();
    }
    Json(json!({ "service": service, "id": id })).into_response()
}
