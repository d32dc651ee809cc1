//! Once a function is cancelled, every child has a poll in which it can react, however many there are.

use std::cell::Cell;
use std::future::pending;

use taskgroup::{cancelled, task_group};
use tokio::sync::Semaphore;

use crate::support::Error;

#[task_group]
async fn crowd(permits: &Semaphore, seen: &Cell<usize>) -> Result<(), Error> {
    for _ in 0..300 {
        #[child]
        async {
            // Each uses up some of tokio's cooperative budget.
            tokio::select! {
                _ = cancelled() => drop(permits.acquire().await),
                () = pending() => {}
            }
            seen.set(seen.get() + 1);
            pending::<()>().await;
            Ok(())
        };
    }
    tokio::task::yield_now().await;
    Err(Error::Failed("body"))
}

#[tokio::test]
async fn three_hundred_children_react() {
    let seen = Cell::new(0);
    assert_eq!(crowd(&Semaphore::new(1), &seen).await, Err(Error::Failed("body")));
    assert_eq!(seen.get(), 300);
}

/// `ok` fixes no error type: that of the function is meant.
#[task_group]
async fn infallible() -> Result<u32, Error> {
    #[child]
    let a = taskgroup::ok(async { 1 });
    #[spawn]
    let b = taskgroup::ok(async { 2 });
    Ok(a.await + b.await)
}

#[tokio::test]
async fn children_that_cannot_fail() {
    assert_eq!(infallible().await, Ok(3));
}
