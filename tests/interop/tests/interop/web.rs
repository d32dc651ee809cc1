//! axum and tower.

use std::{convert::Infallible, future::IntoFuture, time::Duration};

use axum::{Json, Router, debug_handler, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use taskgroup::{Cancelled, draining, group, spawner, task_group, tower::TrackLayer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};

#[derive(Clone)]
struct App {
    greeting: String,
}

#[derive(Debug)]
struct AppError;

impl From<Cancelled> for AppError {
    fn from(_: Cancelled) -> Self {
        Self
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> axum::response::Response {
        StatusCode::GATEWAY_TIMEOUT.into_response()
    }
}

async fn part(app: &App, n: usize) -> Result<String, AppError> {
    Ok(format!("{} {n}", app.greeting))
}

#[debug_handler]
async fn with_group(State(app): State<App>) -> Result<Json<Vec<String>>, AppError> {
    let (a, b) = group!(part(&app, 1), part(&app, 2)).timeout(Duration::from_secs(1)).await?;
    Ok(Json(vec![a, b]))
}

/// The other order fails: `debug_handler` repeats the body without this attribute, and says that it cannot find `child`.
#[task_group]
#[debug_handler]
async fn with_function(State(app): State<App>) -> Result<Json<Vec<String>>, AppError> {
    #[child]
    let a = part(&app, 1);
    #[child]
    let b = part(&app, 2);
    let (a, b) = (a, b).join().await;
    Ok(Json(vec![a, b]))
}

async fn get_path(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_server_of_axum_drains_with_its_group() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (spawner, jobs) = spawner::bounded::<std::io::Error>(8);
    let router = Router::new()
        .route("/group", get(with_group))
        .route("/function", get(with_function))
        .layer(TrackLayer::new(spawner).answer(|_| StatusCode::SERVICE_UNAVAILABLE.into_response()))
        .with_state(App { greeting: "hello".to_owned() });
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = async {
        group!(
            http = async { axum::serve(listener, router).with_graceful_shutdown(draining()).into_future().await },
            #[stream]
            #[spawn]
            jobs = for job in jobs {
                job
            },
        )
        .drain_on(stopped)
        .await
    };
    let client = async {
        let group = get_path(address, "/group").await;
        let function = get_path(address, "/function").await;
        drop(stop);
        (group, function)
    };
    let (ended, (group, function)) = tokio::join!(server, client);
    ended.unwrap();
    assert!(group.ends_with(r#"["hello 1","hello 2"]"#), "{group}");
    assert!(function.ends_with(r#"["hello 1","hello 2"]"#), "{function}");
}

#[tokio::test]
async fn a_service_of_tower() {
    let service = service_fn(|n: u32| async move {
        let both = group!(
            async { Ok::<_, Infallible>(n) },
            #[spawn]
            async move {
                Ok(n + 1)
            }
        )
        .await?;
        Ok::<_, Infallible>(both)
    });
    let mut service = ServiceBuilder::new().concurrency_limit(2).timeout(Duration::from_secs(1)).service(service);
    assert_eq!(service.ready().await.unwrap().call(1).await.unwrap(), (1, 2));
}
