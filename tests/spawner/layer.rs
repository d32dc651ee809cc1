//! The requests of a tower service as children.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use taskgroup::{
    cancelled, draining, group, is_cancelled,
    spawner::{self, Jobs},
    tower::TrackLayer,
};
use taskgroup_tests::{Fail, Flag, ms};
use tokio::time::{Instant, sleep};
use tower_layer::Layer;
use tower_service::Service;

type Response = Pin<Box<dyn Future<Output = Result<String, Infallible>> + Send>>;

/// Answers a request after the time that it says.
#[derive(Clone, Default)]
struct Waits {
    called: Flag,
}

impl Service<u64> for Waits {
    type Response = String;
    type Error = Infallible;
    type Future = Response;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, time: u64) -> Response {
        self.called.set();
        Box::pin(async move {
            sleep(ms(time)).await;
            Ok(format!("done, cancelled: {}", is_cancelled()))
        })
    }
}

async fn ask(mut service: impl Service<u64, Response = String, Error = Infallible>, time: u64) -> String {
    match service.call(time).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

macro_rules! server {
    ($jobs:expr, $child:expr) => {{
        let jobs: Jobs<Fail> = $jobs;
        group!(
            #[stream]
            #[spawn]
            jobs = for job in jobs {
                job
            },
            server = $child
        )
        .name("server")
    }};
}

#[tokio::test(start_paused = true)]
async fn requests_are_children_that_a_drain_waits_for() {
    let began = Instant::now();
    let (spawner, jobs) = spawner::bounded(8);
    let service = TrackLayer::new(spawner).answer(|why| why.to_string()).layer(Waits::default());
    let request = tokio::spawn(ask(service.clone(), 50));
    let ended = server!(jobs, async {
        draining().await;
        Ok(())
    })
    .drain_on(sleep(ms(10)))
    .await;
    assert!(ended.is_ok());
    assert_eq!(began.elapsed(), ms(50));
    assert_eq!(request.await.expect("no panic"), "done, cancelled: false");
    // On a connection that was kept alive.
    assert_eq!(ask(service, 1).await, "cancelled: `spawner` was asked to stop");
}

#[tokio::test(start_paused = true)]
async fn one_that_comes_during_the_drain_is_answered_and_its_handler_not_called() {
    let (spawner, jobs) = spawner::bounded(8);
    let inner = Waits::default();
    let service = TrackLayer::new(spawner).answer(|why| why.to_string()).layer(inner.clone());
    let ended = server!(jobs, async {
        draining().await;
        Ok(ask(service, 1).await)
    })
    .drain_on(sleep(ms(10)))
    .await;
    assert!(matches!(ended, Ok((_, answer)) if answer == "cancelled: `spawner` was asked to stop"));
    assert!(!inner.called.is_set());
}

#[tokio::test(start_paused = true)]
async fn one_that_is_stopped_is_answered() {
    let began = Instant::now();
    let (spawner, jobs) = spawner::bounded(8);
    let service = TrackLayer::new(spawner).answer(|why| why.to_string()).layer(Waits::default());
    let request = tokio::spawn(ask(service, 1_000));
    let ended = server!(jobs, async {
        cancelled().await;
        Ok(())
    })
    .timeout(ms(10))
    .await;
    assert!(ended.is_err(), "the jobs were cut short");
    assert_eq!(request.await.expect("no panic"), "cancelled: `server` timed out");
    assert_eq!(began.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_requests_are_waited_for_and_refused_ones_go_through() {
    let began = Instant::now();
    let (spawner, jobs) = spawner::bounded(8);
    let service = TrackLayer::new(spawner).layer(Waits::default());
    let request = tokio::spawn(ask(service.clone(), 50));
    let ended = server!(jobs, std::future::pending::<Result<(), Fail>>()).timeout(ms(10)).await;
    assert!(ended.is_err());
    assert_eq!(began.elapsed(), ms(50));
    assert_eq!(request.await.expect("no panic"), "done, cancelled: true");
    assert_eq!(ask(service, 1).await, "done, cancelled: false");
}
