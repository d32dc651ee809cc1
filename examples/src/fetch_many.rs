//! Fetches many pages, each from the first mirror that responds, and keeps those that arrived in time.
//!
//! Three nested groups, each with its own policy:
//!
//! | group | children | policy |
//! | --- | --- | --- |
//! | [`fetch_all`] | one for each page, `limit` at once | `.settle()`, `.timeout(total)`: keep the pages that arrived, report the others |
//! | [`fetch_page`] | one for each mirror | `.race()`, `.timeout(per_request)`: the first success; the others are stopped |
//! | [`client::get`] | the request, and its connection as a daemon | fail-fast: a connection that breaks is the request's error |
//!
//! A deadline reaches the innermost group without being passed on.

pub mod client;
pub mod server;

use std::{net::SocketAddr, time::Duration};

use taskgroup::{Failures, Settled, group};
use thiserror::Error;

pub use client::FetchError;

/// What to fetch, and the time limits.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The number of pages.
    pub pages: u64,
    /// The number of mirrors of each page.
    pub mirrors: u64,
    /// The number of pages that are fetched at once.
    pub limit: usize,
    /// The time limit for one page.
    pub per_request: Duration,
    /// The time limit for all pages.
    pub total: Duration,
}

/// A page that could not be fetched.
#[derive(Debug, Error)]
pub enum PageError {
    /// No mirror returned it in time.
    #[error("no mirror has the page:\n{0}")]
    NoMirror(Failures<FetchError>),
}

/// Returns the length of each fetched page, and the outcome of the others, in order. `tick` is called as pages end.
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

/// Returns the length of a page, from the first mirror that returns it.
///
/// # Errors
/// The failures of all mirrors.
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
