//! The requests of a tower service as children of a group: [`TrackLayer`], with the feature `tower`.
//!
//! A server such as `axum::serve` spawns a task for each connection, and those tasks are in no group. With this layer, each
//! request is a [tracked](crate::spawner::Spawner::track) child of the group that runs the server: it stands in the tree
//! below it, sees its token, its deadline and its drain, and the group waits for it.
//!
//! ```ignore
//! let (spawner, jobs) = spawner::bounded(1_000);
//! let busy = |_| (StatusCode::SERVICE_UNAVAILABLE, "the server is shutting down").into_response();
//! let app = Router::new()
//!     .route("/", get(front_page))
//!     .layer(TrackLayer::new(spawner).answer(busy));
//! group!(
//!     server = async { axum::serve(listener, app).with_graceful_shutdown(draining()).await },
//!     #[stream] #[spawn]
//!     jobs = for job in jobs { job },
//! )
//! .drain_on(shutdown_signal())
//! .drain_timeout(Duration::from_secs(10))
//! .grace(Duration::from_secs(1))
//! .await
//! ```

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    error::Cancelled,
    name::Name,
    spawner::{Spawner, Tracked},
};

/// Makes every request of a service a child of the group of a [`Spawner`]. See [the module](self).
///
/// Without [`.answer(f)`](Self::answer), a request is never dropped by its group: the group waits for it. A request that
/// comes when the spawner is closed, on a connection that is kept alive, goes through without being tracked.
///
/// The layer holds a clone of the spawner, so the jobs end when the service is dropped, or the group drains.
pub struct TrackLayer<E, A = Untracked> {
    spawner: Spawner<E>,
    answer: A,
}

/// What becomes of a request that cannot be tracked: it goes through.
#[derive(Debug, Clone, Copy)]
pub struct Untracked;

/// What becomes of a request that cannot be tracked, or would be dropped: the function makes the response.
#[derive(Clone, Copy)]
pub struct Answer<F>(F);

impl<E> TrackLayer<E> {
    /// Makes the layer.
    ///
    /// ```
    /// # use std::{convert::Infallible, future::{Ready, ready}, task::{Context, Poll}};
    /// # use tower_layer::Layer;
    /// # use tower_service::Service;
    /// # #[derive(Clone)]
    /// # struct Hello;
    /// # impl Service<&'static str> for Hello {
    /// #     type Response = String;
    /// #     type Error = Infallible;
    /// #     type Future = Ready<Result<String, Infallible>>;
    /// #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> { Poll::Ready(Ok(())) }
    /// #     fn call(&mut self, name: &'static str) -> Self::Future { ready(Ok(format!("hello {name}"))) }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use taskgroup::{spawner, tower::TrackLayer};
    ///
    /// let (spawner, jobs) = spawner::bounded::<std::io::Error>(8);
    /// let mut service = TrackLayer::new(spawner).layer(Hello);
    /// assert_eq!(service.call("you").await.unwrap(), "hello you"); // a child of the group that pulls the jobs
    /// drop(jobs); // as when the group drains
    /// assert_eq!(service.call("you").await.unwrap(), "hello you"); // of no group
    /// # });
    /// ```
    pub fn new(spawner: Spawner<E>) -> Self {
        Self { spawner, answer: Untracked }
    }

    /// Sets the response to a request that is refused, because the spawner is closed, or stopped, because its group would
    /// drop it: 503, for instance. The handler of a refused request is not called; that of one that is stopped is dropped.
    ///
    /// ```
    /// # use std::{convert::Infallible, future::{Ready, ready}, task::{Context, Poll}};
    /// # use tower_layer::Layer;
    /// # use tower_service::Service;
    /// # #[derive(Clone)]
    /// # struct Hello;
    /// # impl Service<&'static str> for Hello {
    /// #     type Response = String;
    /// #     type Error = Infallible;
    /// #     type Future = Ready<Result<String, Infallible>>;
    /// #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> { Poll::Ready(Ok(())) }
    /// #     fn call(&mut self, name: &'static str) -> Self::Future { ready(Ok(format!("hello {name}"))) }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use taskgroup::{spawner, tower::TrackLayer};
    ///
    /// let (spawner, jobs) = spawner::bounded::<std::io::Error>(8);
    /// let mut service = TrackLayer::new(spawner).answer(|why| why.to_string()).layer(Hello);
    /// assert_eq!(service.call("you").await.unwrap(), "hello you");
    /// drop(jobs); // as when the group drains
    /// assert_eq!(service.call("you").await.unwrap(), "cancelled: `spawner` was asked to stop");
    /// # });
    /// ```
    pub fn answer<F, R>(self, f: F) -> TrackLayer<E, Answer<F>>
    where
        F: Fn(Cancelled) -> R,
    {
        TrackLayer { spawner: self.spawner, answer: Answer(f) }
    }
}

impl<E, A: Clone> Clone for TrackLayer<E, A> {
    fn clone(&self) -> Self {
        Self { spawner: self.spawner.clone(), answer: self.answer.clone() }
    }
}

impl<E, A> fmt::Debug for TrackLayer<E, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackLayer").field("spawner", &self.spawner).finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for Answer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer(..)")
    }
}

impl<S, E, A: Clone> Layer<S> for TrackLayer<E, A> {
    type Service = Track<S, E, A>;

    fn layer(&self, inner: S) -> Self::Service {
        Track { inner, spawner: self.spawner.clone(), answer: self.answer.clone() }
    }
}

/// The service that [`TrackLayer`] makes of another one.
pub struct Track<S, E, A = Untracked> {
    inner: S,
    spawner: Spawner<E>,
    answer: A,
}

impl<S: Clone, E, A: Clone> Clone for Track<S, E, A> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), spawner: self.spawner.clone(), answer: self.answer.clone() }
    }
}

impl<S: fmt::Debug, E, A> fmt::Debug for Track<S, E, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Track").field("inner", &self.inner).field("spawner", &self.spawner).finish_non_exhaustive()
    }
}

const REQUEST: Name = Name::literal("request");

impl<S, E, Q> Service<Q> for Track<S, E, Untracked>
where
    S: Service<Q>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, NoAnswer>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Q) -> Self::Future {
        let ticket = self.spawner.ticket();
        let future = self.inner.call(request);
        match ticket {
            Some(ticket) => ResponseFuture::Tracked { future: ticket.track(future, REQUEST, true), answer: NoAnswer },
            None => ResponseFuture::Untracked { future },
        }
    }
}

impl<S, E, F, Q> Service<Q> for Track<S, E, Answer<F>>
where
    S: Service<Q>,
    F: Fn(Cancelled) -> S::Response + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, Answer<F>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Q) -> Self::Future {
        let answer = self.answer.clone();
        match self.spawner.ticket() {
            Some(ticket) => {
                let future = ticket.track(self.inner.call(request), REQUEST, false);
                ResponseFuture::Tracked { future, answer }
            }
            None => ResponseFuture::Refused { why: Some(self.spawner.refusal()), answer },
        }
    }
}

/// There is no response to a request that its group would drop: it is not dropped.
#[derive(Debug, Clone, Copy)]
pub struct NoAnswer;

/// What makes the response to a request that was stopped.
pub trait AnswerTo<T> {
    #[doc(hidden)]
    fn answer(&self, why: Cancelled) -> T;
}

impl<T> AnswerTo<T> for NoAnswer {
    fn answer(&self, _: Cancelled) -> T {
        unreachable!("a request without an answer must finish")
    }
}

impl<F: Fn(Cancelled) -> T, T> AnswerTo<T> for Answer<F> {
    fn answer(&self, why: Cancelled) -> T {
        (self.0)(why)
    }
}

pin_project! {
    /// The response to one request.
    #[project = ResponseProjection]
    #[must_use = "futures do nothing unless polled"]
    pub enum ResponseFuture<F, A> {
        #[doc(hidden)]
        Tracked {
            #[pin]
            future: Tracked<F>,
            answer: A,
        },
        #[doc(hidden)]
        Untracked {
            #[pin]
            future: F,
        },
        #[doc(hidden)]
        Refused {
            why: Option<Cancelled>,
            answer: A,
        },
    }
}

impl<F, A, T, X> Future for ResponseFuture<F, A>
where
    F: Future<Output = Result<T, X>>,
    A: AnswerTo<T>,
{
    type Output = Result<T, X>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            ResponseProjection::Tracked { future, answer } => match ready!(future.poll(cx)) {
                Ok(response) => Poll::Ready(response),
                Err(why) => Poll::Ready(Ok(answer.answer(why))),
            },
            ResponseProjection::Untracked { future } => future.poll(cx),
            ResponseProjection::Refused { why, answer } => {
                let Some(why) = why.take() else { panic!("polled after it was ready") };
                Poll::Ready(Ok(answer.answer(why)))
            }
        }
    }
}

impl<F, A> fmt::Debug for ResponseFuture<F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
