//! A small application, which the code blocks of `docs/` use.

use std::io;
use std::rc::Rc;

pub use std::time::Duration;

pub use taskgroup::{Cancelled, Cause, Panicked, group, task_group};
pub use tokio::time::{Instant, sleep};

/// The error of everything here.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Not found.
    #[error("`{0}` was not found")]
    NotFound(String),
    /// The group was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A child panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
    /// A file, a socket.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Not a number.
    #[error(transparent)]
    Parse(#[from] std::num::ParseIntError),
}

/// Something to borrow or to clone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Client;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The number of the user.
    pub id: u64,
    /// The name of the user.
    pub name: String,
}

/// Something that lives in one thread only.
pub type Local = Rc<u64>;

/// Borrows. There is no user 0.
pub async fn fetch_user(_: &Client, id: u64) -> Result<User, AppError> {
    sleep(Duration::from_millis(10)).await;
    if id == 0 { Err(AppError::NotFound("user 0".to_owned())) } else { Ok(User { id, name: format!("user {id}") }) }
}

/// Owns what it needs, so it can be spawned.
pub async fn fetch_posts(_: Client, id: u64) -> Result<Vec<String>, AppError> {
    sleep(Duration::from_millis(20)).await;
    Ok(vec![format!("post of {id}")])
}

/// Borrows two things. There is no page with `404` in its name, which is answered sooner than a page is sent.
pub async fn fetch(_: &Client, url: &str) -> Result<String, AppError> {
    let is_missing = url.contains("404");
    sleep(Duration::from_millis(if is_missing { 4 } else { 5 })).await;
    if is_missing { Err(AppError::NotFound(url.to_owned())) } else { Ok(format!("page {url}")) }
}

/// `fetch` that can be spawned.
pub async fn fetch_owned(client: Client, url: &'static str) -> Result<String, AppError> {
    fetch(&client, url).await
}

/// Sleeps for an hour, and never checks for cancellation.
pub async fn slow() -> Result<u64, AppError> {
    sleep(Duration::from_secs(3600)).await;
    Ok(1)
}

/// Cannot fail.
pub async fn count() -> usize {
    3
}

/// For a daemon.
pub async fn heartbeat(_: &Client) -> Result<(), AppError> {
    loop {
        sleep(Duration::from_secs(1)).await;
    }
}

/// For a blocking thread.
pub fn render(image: &[u8]) -> Result<usize, AppError> {
    Ok(image.len())
}

/// For a blocking thread.
pub fn parse(text: &str) -> Result<u64, AppError> {
    Ok(text.parse()?)
}

/// Wants the value, not the child.
pub fn report(user: &User) -> String {
    format!("Hello {}", user.name)
}
