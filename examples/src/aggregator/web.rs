//! The routes of the server.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    extract::{
        Path, Query, Request, State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderMap, StatusCode, header::ACCEPT},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;
use taskgroup::{Cancelled, Cause, draining, live_count, or_cancelled, spawner::Spawner, tower::TrackLayer, tree};
use tokio::time::{interval, sleep, timeout};

use super::{
    App, ServeError,
    profile::{ProfileError, Services},
};

/// How long the client of a websocket may take to read a message.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest message of a websocket, in bytes.
const LONGEST_EVENT: usize = 16 << 20;

/// How long the client of a websocket has to read what was sent before the goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

type Shared = State<Arc<App>>;

/// The parameters of all requests; each route uses some.
type Parameters = Query<std::collections::HashMap<String, String>>;

pub(super) fn router(app: Arc<App>, spawner: Spawner<ServeError>) -> Router {
    Router::new()
        .route("/profile/{id}", get(profile))
        .route("/jobs", post(start_job))
        .route("/slow", get(slow))
        .route("/events", get(events))
        .route("/debug/tasks", get(tasks))
        .route("/debug/counts", get(counts))
        .with_state(app.clone())
        .layer(middleware::from_fn_with_state(app.clone(), log_and_answer))
        // Every request is a child of the server's group. What comes when that drains, on a connection that is kept alive,
        // is answered here.
        .layer(TrackLayer::new(spawner).answer(move |why| {
            app.tally.turned_away.fetch_add(1, Relaxed);
            unavailable(why)
        }))
}

fn unavailable(why: Cancelled) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, format!("the server is shutting down: {why}\n")).into_response()
}

/// Logs each request. If the server has to stop before it is answered, that is the answer: the grace period is there to
/// send it.
async fn log_and_answer(State(app): Shared, request: Request, next: Next) -> Response {
    let began = Instant::now();
    app.tally.begun.fetch_add(1, Relaxed);
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = or_cancelled(next.run(request)).await.unwrap_or_else(unavailable);
    tracing::info!(%method, %uri, status = response.status().as_u16(), took = ?began.elapsed(), "request");
    app.tally.answered.fetch_add(1, Relaxed);
    response
}

impl IntoResponse for ProfileError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Upstream { .. } => StatusCode::BAD_GATEWAY,
            // The cause says whose deadline it was. If it is not that of the profile, the server stops.
            Self::Cancelled(why) if matches!(why.cause(), Cause::TimedOut { group } if group == "profile") => {
                StatusCode::GATEWAY_TIMEOUT
            }
            Self::Cancelled(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, format!("{self}\n")).into_response()
    }
}

/// `GET /profile/7`, or `GET /profile/7?partial=1`
async fn profile(State(app): Shared, Path(id): Path<u64>, Query(parameters): Parameters) -> Response {
    let settings = &app.settings;
    let services = Services { client: &app.client, base: &settings.upstream, deadline: settings.deadline };
    if parameters.contains_key("partial") {
        return Json(services.partial(id).await).into_response();
    }
    services.whole(id).await.map(Json).into_response()
}

fn milliseconds(Query(parameters): &Parameters) -> Duration {
    Duration::from_millis(parameters.get("takes").and_then(|takes| takes.parse().ok()).unwrap_or(10))
}

/// `POST /jobs?takes=300`: the answer comes at once, and the job runs after it, in the group of the server.
async fn start_job(State(app): Shared, parameters: Parameters) -> Response {
    let takes = milliseconds(&parameters);
    let number = app.tally.accepted.fetch_add(1, Relaxed) + 1;
    let of_job = app.clone();
    let job = async move {
        sleep(takes).await;
        of_job.tally.done.fetch_add(1, Relaxed);
        tracing::info!(number, "job done");
        Ok(())
    };
    match app.spawner.spawn_named(format!("job {number}"), job).await {
        Ok(()) => (StatusCode::ACCEPTED, Json(json!({ "job": number }))).into_response(),
        Err(refused) => {
            app.tally.accepted.fetch_sub(1, Relaxed);
            (StatusCode::SERVICE_UNAVAILABLE, format!("{refused}\n")).into_response()
        }
    }
}

/// `GET /slow?takes=300`: a handler that knows nothing of groups.
async fn slow(parameters: Parameters) -> &'static str {
    sleep(milliseconds(&parameters)).await;
    "done\n"
}

/// `GET /debug/tasks`: a page for a browser, text for `curl`. `?format=` asks for `json`, `html` or `text`.
async fn tasks(Query(parameters): Parameters, headers: HeaderMap) -> Response {
    let tree = tree::snapshot();
    let takes_html = headers.get(ACCEPT).is_some_and(|types| types.as_bytes().starts_with(b"text/html"));
    match parameters.get("format").map(String::as_str) {
        Some("json") => Json(tree).into_response(),
        Some("html") => Html(tree.to_html()).into_response(),
        None if takes_html => Html(tree.to_html()).into_response(),
        _ => format!("{tree}\n").into_response(),
    }
}

/// `GET /debug/counts`: how much is alive, for a graph: the nodes of the tree, and the tasks of the runtime, in which those
/// of axum and of the HTTP client are included.
async fn counts() -> Json<serde_json::Value> {
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    Json(json!({ "live": live_count(), "tasks": tasks }))
}

/// `GET /events?bytes=100`: a websocket that counts, until the server drains. Each message has so many bytes after its number.
async fn events(State(app): Shared, Query(parameters): Parameters, upgrade: WebSocketUpgrade) -> Response {
    let bytes = parameters.get("bytes").and_then(|bytes| bytes.parse().ok()).unwrap_or(0).min(LONGEST_EVENT);
    upgrade.on_upgrade(async move |socket| {
        // A task of axum's own polls this; as a tracked child it sees the drain, and the server waits for its goodbye.
        if let Ok(events) = app.spawner.track(count(socket, bytes)) {
            let _ = events.await;
        }
    })
}

async fn count(mut socket: WebSocket, bytes: usize) {
    let mut ticks = interval(Duration::from_millis(20));
    for number in 1_u64.. {
        let event = async {
            ticks.tick().await;
            let text = format!("{number}{}", ".".repeat(bytes));
            timeout(PATIENCE, socket.send(Message::Text(text.into()))).await
        };
        // A drain does not wait for a message that the client does not read.
        tokio::select! {
            biased;
            () = draining() => break,
            sent = event => match sent {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return, // the client is gone
                Err(_) => {
                    tracing::warn!("a websocket whose client does not read is closed");
                    return;
                }
            },
        }
    }
    let goodbye = async {
        socket.send(Message::Text("goodbye".into())).await?;
        socket.send(Message::Close(None)).await
    };
    if timeout(GOODBYE, goodbye).await.is_err() {
        tracing::warn!("a websocket whose client does not read is closed without a goodbye");
    }
}
