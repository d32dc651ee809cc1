//! The profile of a user, from three services at once.

use std::time::Duration;

use serde_json::{Value, json};
use taskgroup::{Cancelled, Settled, group};

/// Why there is no profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// A service did not answer, or not with 200.
    #[error("{service} failed: {error}")]
    Upstream {
        /// Which one.
        service: &'static str,
        /// What the HTTP client says.
        error: reqwest::Error,
    },
    /// The deadline has passed, or the server stops.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The upstream services, as a client sees them.
#[derive(Debug, Clone)]
pub struct Services<'a> {
    /// The client that all requests share.
    pub client: &'a reqwest::Client,
    /// Where they are.
    pub base: &'a str,
    /// How long a profile may take.
    pub deadline: Duration,
}

impl Services<'_> {
    async fn ask(&self, service: &'static str, id: u64) -> Result<Value, ProfileError> {
        let failed = |error| ProfileError::Upstream { service, error };
        let request = self.client.get(format!("{}/{service}/{id}", self.base));
        let response = request.send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
        response.json().await.map_err(failed)
    }

    /// Returns the whole profile. The first failure stops the other calls, and so does the deadline.
    ///
    /// # Errors
    /// If a service fails, or the deadline passes.
    pub async fn whole(&self, id: u64) -> Result<Value, ProfileError> {
        let (user, posts, friends) =
            group!(user = self.ask("user", id), posts = self.ask("posts", id), friends = self.ask("friends", id),)
                .name("profile")
                .timeout(self.deadline)
                .await?;
        Ok(json!({ "user": user, "posts": posts, "friends": friends }))
    }

    /// Returns what there is when the deadline passes: a service that failed or was late has its reason in place of an
    /// answer.
    pub async fn partial(&self, id: u64) -> Value {
        let (user, posts, friends) =
            group!(user = self.ask("user", id), posts = self.ask("posts", id), friends = self.ask("friends", id),)
                .name("partial profile")
                .settle()
                .timeout(self.deadline)
                .await;
        json!({ "user": part(user), "posts": part(posts), "friends": part(friends) })
    }
}

fn part(settled: Settled<Value, ProfileError>) -> Value {
    match settled {
        Settled::Done(value) => value,
        Settled::Failed(error) => json!({ "missing": error.to_string() }),
        Settled::Cancelled { cause, .. } => json!({ "missing": cause.to_string() }),
        Settled::Panicked(panicked) => json!({ "missing": panicked.to_string() }),
        Settled::NeverStarted => json!({ "missing": "it was not asked" }),
    }
}
