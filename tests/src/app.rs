//! A small application for the compile tests to make mistakes in.

use std::rc::Rc;
pub use std::time::Duration;

/// The error of everything here.
#[derive(Debug)]
pub struct AppError;

impl From<std::num::ParseIntError> for AppError {
    fn from(_: std::num::ParseIntError) -> Self {
        Self
    }
}

/// Neither `Display` nor `Copy`.
#[derive(Debug)]
pub struct User {
    /// Not a number.
    pub name: String,
}

impl User {
    /// A method of the value.
    pub fn greeting(&self) -> String {
        format!("Hello {}", self.name)
    }
}

/// Something to borrow or to clone.
#[derive(Clone, Debug)]
pub struct Client;

impl Client {
    /// For the condition of a loop.
    pub fn is_open(&self) -> bool {
        true
    }
}

/// Borrows.
pub async fn fetch_user(_: &Client, id: u64) -> Result<User, AppError> {
    Ok(User { name: id.to_string() })
}

/// Owns.
pub async fn fetch_posts(_: Client, _: u64) -> Result<Vec<String>, AppError> {
    Ok(Vec::new())
}

/// Borrows two things.
pub async fn fetch(_: &Client, url: &str) -> Result<String, AppError> {
    Ok(url.to_owned())
}

/// Borrows its argument only.
pub async fn fetch_text(url: &str) -> Result<String, AppError> {
    Ok(url.to_owned())
}

/// `fetch` that can be spawned.
pub async fn fetch_owned(_: Client, url: &'static str) -> Result<&'static str, AppError> {
    Ok(url)
}

/// A result to take apart.
pub async fn fetch_pair(_: &Client) -> Result<(String, u8), AppError> {
    Ok((String::new(), 0))
}

/// Generic, so that people forget the turbofish.
pub async fn load<T: Default>(_: &Client) -> Result<T, AppError> {
    Ok(T::default())
}

/// Never `Send`.
pub async fn count_posts(count: Rc<usize>) -> Result<usize, AppError> {
    std::future::ready(()).await;
    Ok(*count)
}

/// No `Result`.
pub async fn count(_: &Client) -> usize {
    0
}

/// Another error.
pub async fn read_text() -> Result<String, std::io::Error> {
    Ok(String::new())
}

/// For a daemon.
pub async fn heartbeat(_: &Client) -> Result<(), AppError> {
    Ok(())
}

/// Awaited where a body is evaluated.
pub async fn look_up(_: &Client, text: &'static str) -> Result<&'static str, AppError> {
    Ok(text)
}

/// Not async.
pub fn find_user(_: &Client) -> Result<User, AppError> {
    Ok(User { name: String::new() })
}

/// Not async.
pub fn find_page(url: &str) -> Result<String, AppError> {
    Ok(url.to_owned())
}

/// Not async.
pub fn check(url: &'static str) -> Result<&'static str, AppError> {
    Ok(url)
}

/// For a blocking child.
pub fn parse(text: &str) -> Result<u64, AppError> {
    Ok(text.parse()?)
}

/// For a blocking child.
pub fn render(image: &[u8]) -> Result<Vec<u8>, AppError> {
    Ok(image.to_vec())
}

/// Wants the value, not the child.
pub fn report(user: User) {
    println!("{}", user.name);
}
