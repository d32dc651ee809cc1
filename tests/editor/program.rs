//! What the fixtures use. In the editor, a fixture follows these lines.

#![allow(missing_docs, unused_imports)]

pub use std::time::Duration;
pub use taskgroup::{group, task_group};

#[derive(Debug)]
pub struct AppError;

impl From<taskgroup::Cancelled> for AppError {
    fn from(_: taskgroup::Cancelled) -> Self {
        Self
    }
}

#[derive(Debug)]
pub struct User {
    pub id: u64,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct Client;

impl Client {
    pub async fn user(&self, id: u64) -> Result<User, AppError> {
        Ok(User { id, name: id.to_string() })
    }

    pub async fn page(&self, id: u64) -> Result<String, AppError> {
        Ok(id.to_string())
    }

    pub async fn owned(self, id: u64) -> Result<String, AppError> {
        Ok(id.to_string())
    }

    pub fn parse(&self, text: &str) -> Result<u64, AppError> {
        text.parse().map_err(|_| AppError)
    }

    pub fn ids(&self) -> Vec<u64> {
        vec![1, 2, 3]
    }

    pub fn wait(&self) -> Duration {
        Duration::from_secs(1)
    }
}

pub fn number(text: &str) -> Result<u64, AppError> {
    text.parse().map_err(|_| AppError)
}
