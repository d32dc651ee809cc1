//! The connections to Redis: a command is tried again for as long as Redis is out of reach.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use backon::{ExponentialBuilder, Retryable};
use redis::{
    Client, Cmd, FromRedisValue, Pipeline, RedisError, RedisResult, RetryMethod,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use taskgroup::{draining, is_draining};
use tokio::{select, time::sleep};

use crate::complain;

/// Longer than Redis takes to answer anything, and longer than a read waits for jobs.
const PATIENCE: Duration = Duration::from_secs(5);

/// Two connections: one whose commands wait for jobs, and one for the commands that must not wait behind those.
pub(super) struct Link {
    waiting: ConnectionManager,
    prompt: ConnectionManager,
    is_lost: AtomicBool,
}

impl Link {
    /// Connects at the first command. Needs to be called on a runtime.
    pub(super) fn new(address: &str) -> RedisResult<Self> {
        let client = Client::open(address)?;
        // Every command is tried again here, which connects anew: more attempts below that would only multiply them.
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        Ok(Self {
            waiting: client.get_connection_manager_lazy(config.clone())?,
            prompt: client.get_connection_manager_lazy(config)?,
            is_lost: AtomicBool::new(false),
        })
    }

    /// Sends commands whose answers do not matter, until Redis has executed them.
    pub(super) async fn ask(&self, commands: &Pipeline) -> RedisResult<()> {
        let attempt = || async { commands.exec_async(&mut self.prompt.clone()).await };
        let done = attempt.retry(backoff()).when(is_passing).notify(|error, _| self.lost(error)).await;
        self.found(done)
    }

    /// Sends a command until Redis answers, or the group drains.
    pub(super) async fn ask_until_drain<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let attempt = || async { command.query_async(&mut self.waiting.clone()).await };
        let answer = attempt
            .retry(backoff())
            .sleep(async |pause| {
                select! {
                    () = draining() => {}
                    () = sleep(pause) => {}
                }
            })
            .when(|error| is_passing(error) && !is_draining())
            .notify(|error, _| self.lost(error))
            .await;
        self.found(answer)
    }

    /// Sends a command once.
    pub(super) async fn try_once<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        command.query_async(&mut self.prompt.clone()).await
    }

    /// Reports the first of the failures that one outage leads to.
    fn lost(&self, error: &RedisError) {
        if !self.is_lost.swap(true, Relaxed) {
            complain!("workers: Redis is out of reach: {error}");
        }
    }

    fn found<T>(&self, answer: RedisResult<T>) -> RedisResult<T> {
        if answer.is_ok() && self.is_lost.swap(false, Relaxed) {
            complain!("workers: Redis is back");
        }
        answer
    }
}

/// Has no end: whether an outage was too long is for the drain timeout to say.
fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(20))
        .with_max_delay(Duration::from_secs(1))
        .with_jitter()
        .without_max_times()
}

/// Returns `true` if the command may succeed at another time: the server is out of reach, or still loads its data.
fn is_passing(error: &RedisError) -> bool {
    !matches!(error.retry_method(), RetryMethod::NoRetry)
}
