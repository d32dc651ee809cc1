//! Loops that take a timeout for a reason to try again: they end with their group.

use std::time::Duration;

use taskgroup::{Cancelled, Cause, Stopped, group};
use tokio::time::sleep;

use crate::ends_in_real_time;

#[derive(Debug, PartialEq)]
enum Failed {
    It,
    Cancelled(Cancelled),
}

impl From<Cancelled> for Failed {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

async fn fails_soon() -> Result<(), Failed> {
    sleep(Duration::from_millis(50)).await;
    Err(Failed::It)
}

/// Runs children beside one that fails soon, and checks that its failure ends the group.
macro_rules! ends_beside_a_failure {
    ($($children:tt)*) => {
        let ended = ends_in_real_time(move || async move {
            group!($($children)* fails_soon()).await.map(|_| ())
        });
        assert_eq!(ended, Err(Failed::It));
    };
}

/// It polls an event for a moment, again and again.
#[test]
fn a_loop_of_short_timeouts_is_stopped_with_its_group() {
    ends_beside_a_failure! {
        async {
            loop {
                let _ = group!(async { std::future::pending::<Result<(), Failed>>().await })
                    .timeout(Duration::from_millis(1))
                    .await;
            }
        },
    }
}

/// The same, spawned.
#[test]
fn a_spawned_loop_of_short_timeouts_is_stopped_with_its_group() {
    ends_beside_a_failure! {
        #[spawn]
        async {
            loop {
                let _ = group!(async { std::future::pending::<Result<(), Failed>>().await })
                    .timeout(Duration::from_millis(1))
                    .await;
            }
        },
    }
}

/// The same with `tokio::time::timeout` around the waiting: no group of ours inside.
#[test]
fn a_loop_of_tokio_timeouts_is_stopped_with_its_group() {
    ends_beside_a_failure! {
        async {
            loop {
                let _ = tokio::time::timeout(Duration::from_millis(1), std::future::pending::<()>()).await;
            }
        },
    }
}

/// It takes a cancellation from outside for the timeout of its attempt.
#[test]
fn a_retry_loop_is_stopped_with_its_group() {
    ends_beside_a_failure! {
        async move {
            loop {
                match group!(async { std::future::pending::<Result<u32, Failed>>().await })
                    .outcome()
                    .timeout(Duration::from_millis(5))
                    .await
                {
                    Ok(value) => return Ok(value),
                    Err(Stopped::Cancelled(_)) => continue, // timed out: try again
                    Err(Stopped::Failed { error, .. }) => return Err(error),
                    Err(Stopped::Panicked(panic)) => panic!("{panic:?}"),
                }
            }
        },
    }
}

/// A receiver in a loop that takes an error for "nothing yet".
#[test]
fn a_loop_that_ignores_the_errors_of_recv_is_stopped_with_its_group() {
    ends_beside_a_failure! {
        async {
            let (_tx, mut rx) = taskgroup::channel::bounded::<u32>(1);
            loop {
                if let Ok(Some(_)) = rx.recv().await {
                    // work
                }
            }
            #[allow(unreachable_code)]
            Ok::<(), Failed>(())
        },
    }
}

/// The cause says whose timeout it was.
#[test]
fn a_retry_loop_that_looks_at_the_cause_ends_by_itself() {
    ends_beside_a_failure! {
        async {
            loop {
                match group!(async { std::future::pending::<Result<u32, Failed>>().await })
                    .name("attempt")
                    .outcome()
                    .timeout(Duration::from_millis(5))
                    .await
                {
                    Ok(value) => return Ok(value),
                    Err(Stopped::Cancelled(cancelled)) => match cancelled.cause() {
                        Cause::TimedOut { group } if &**group == "attempt" => continue,
                        _ => return Err(cancelled.into()),
                    },
                    Err(Stopped::Failed { error, .. }) => return Err(error),
                    Err(Stopped::Panicked(panic)) => panic!("{panic:?}"),
                }
            }
        },
    }
}

/// No grace, but a sibling that listens: every child gets one last poll, and this one never comes back from it.
#[test]
fn a_retry_loop_beside_a_listening_sibling_is_stopped_with_its_group() {
    ends_beside_a_failure! {
        async {
            loop {
                let _ = group!(async { std::future::pending::<Result<u32, Failed>>().await })
                    .outcome()
                    .timeout(Duration::from_millis(5))
                    .await;
            }
            #[allow(unreachable_code)]
            Ok::<(), Failed>(())
        },
        async {
            taskgroup::cancelled().await;
            Ok(())
        },
    }
}
