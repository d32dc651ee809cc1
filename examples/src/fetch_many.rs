//! Many pages, each from the first of its mirrors that answers, and what could be had of them in time.
//!
//! Three groups, one inside the other, each with its own rule:
//!
//! | group | children | rule |
//! | --- | --- | --- |
//! | [`fetch_all`] | one for each page, `limit` at once | `.settle()`, `.timeout(total)`: keep what is done, say what is not |
//! | [`fetch_page`] | one for each mirror | `.race()`, `.timeout(per_request)`: the first success, the others are stopped |
//! | [`client::get`] | the request, and its connection as a daemon | fail-fast: a connection that breaks is the request's error |
//!
//! A deadline reaches the innermost group without anybody passing it on.

pub mod client;
pub mod server;

use std::{net::SocketAddr, time::Duration};

use taskgroup::{Failures, Settled, group};
use thiserror::Error;

pub use client::FetchError;

/// What to fetch, and how patiently.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many pages there are.
    pub pages: u64,
    /// How many mirrors have each of them.
    pub mirrors: u64,
    /// How many pages are fetched at once.
    pub limit: usize,
    /// How long one page may take.
    pub per_request: Duration,
    /// How long all of it may take.
    pub total: Duration,
}

/// A page that could not be had.
#[derive(Debug, Error)]
pub enum PageError {
    /// No mirror had it, or none in time.
    #[error("no mirror has the page:\n{0}")]
    NoMirror(Failures<FetchError>),
}

/// The length of each page that could be had, and what happened to the others, in order. `tick` is called as pages end.
pub async fn fetch_all(server: SocketAddr, plan: &Plan, tick: impl Fn()) -> Vec<Settled<usize, PageError>> {
    let tick = &tick;
    group!(
        pages = for page in 0..plan.pages {
            async move {
                let fetched = fetch_page(server, page, plan).await;
                tick();
                fetched
            }
        }
    )
    .settle()
    .name("pages")
    .limit(plan.limit)
    .timeout(plan.total)
    .await
}

/// The length of a page, from whichever mirror has it first.
///
/// # Errors
/// What went wrong with each of them.
pub async fn fetch_page(server: SocketAddr, page: u64, plan: &Plan) -> Result<usize, PageError> {
    group!(
        mirrors = for mirror in 0..plan.mirrors {
            client::get(server, format!("/mirror/{mirror}/page/{page}"))
        }
    )
    .race()
    .name(format!("page {page}"))
    .timeout(plan.per_request)
    .await
    .map_err(PageError::NoMirror)
}
