//! Once a function is cancelled, every child has a poll in which it can react, however many there are.

use std::cell::Cell;
use std::future::pending;

use taskgroup::{Child, cancelled, group, task_group};
use tokio::{
    sync::Semaphore,
    task::{consume_budget, coop},
};

use crate::support::Error;

/// Counts itself when it is cancelled. Each uses up some of tokio's cooperative budget.
async fn reacts(permits: &Semaphore, seen: &Cell<usize>) -> Result<(), Error> {
    tokio::select! {
        _ = cancelled() => drop(permits.acquire().await),
        () = pending() => {}
    }
    seen.set(seen.get() + 1);
    pending().await
}

#[task_group]
async fn crowd(permits: &Semaphore, seen: &Cell<usize>) -> Result<(), Error> {
    for _ in 0..300 {
        #[child]
        reacts(permits, seen);
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

#[task_group]
async fn cancels_a_crowd(permits: &Semaphore, seen: &Cell<usize>) -> Result<(), Error> {
    #[child]
    let crowd = async {
        group!(for _ in 0..300 {
            reacts(permits, seen)
        })
        .await
    };
    // Until all have begun: one poll takes only so many from a source.
    for _ in 0..5 {
        tokio::task::yield_now().await;
    }
    Child::cancel(crowd).await;
    Ok(())
}

/// Rule 9: a last poll in which a group inside cannot reach all of its children is not over, whoever ordered it.
#[tokio::test]
async fn three_hundred_children_of_a_group_in_a_child_that_its_handle_cancels_react() {
    let seen = Cell::new(0);
    assert_eq!(cancels_a_crowd(&Semaphore::new(1), &seen).await, Ok(()));
    assert_eq!(seen.get(), 300);
}

#[task_group]
async fn cancels_without_budget(seen: &Cell<bool>) -> Result<(), Error> {
    #[child]
    let one = async {
        tokio::select! {
            _ = cancelled() => seen.set(true),
            () = pending() => {}
        }
        Ok(())
    };
    tokio::task::yield_now().await;
    while coop::has_budget_remaining() {
        consume_budget().await;
    }
    Child::cancel(one).await;
    Ok(())
}

/// Without budget `select!` does not look at its branches, so such a poll is no last one.
#[tokio::test]
async fn a_child_that_its_handle_cancels_has_budget_for_its_last_poll() {
    let seen = Cell::new(false);
    assert_eq!(cancels_without_budget(&seen).await, Ok(()));
    assert!(seen.get());
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
