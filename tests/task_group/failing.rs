//! The first failure ends the body at its current `.await`, before any child reacts.

use std::cell::RefCell;
use std::future::pending;
use std::time::Duration;

use taskgroup::{cancelled, task_group};
use tokio::task::yield_now;

use crate::support::Error;

type Trail = RefCell<Vec<&'static str>>;

struct Leaves<'t>(&'static str, &'t Trail);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

async fn cleans_up(text: &'static str, trail: &Trail) -> Result<(), Error> {
    cancelled().await;
    yield_now().await;
    trail.borrow_mut().push(text);
    Ok(())
}

async fn fails_soon() -> Result<(), Error> {
    yield_now().await;
    Err(Error::Failed("child"))
}

#[task_group(grace = Duration::from_secs(1))]
async fn staged(trail: &Trail) -> Result<(), Error> {
    #[child]
    cleans_up("outer child", trail);
    let _outer = Leaves("outer body", trail);
    yield_now().await;
    #[child]
    fails_soon();
    let _inner = Leaves("inner body", trail);
    cancelled().await;
    trail.borrow_mut().push("the next line");
    pending().await
}

#[tokio::test(start_paused = true)]
async fn the_innermost_body_goes_first_and_its_next_line_never_runs() {
    let trail = Trail::default();
    assert_eq!(staged(&trail).await, Err(Error::Failed("child")));
    assert_eq!(*trail.borrow(), ["inner body", "outer child", "outer body"]);
}

#[task_group]
async fn without_grace(trail: &Trail) -> Result<(), Error> {
    #[child]
    fails_soon();
    cancelled().await;
    trail.borrow_mut().push("the next line");
    Ok(())
}

#[tokio::test]
async fn without_grace_the_next_line_does_not_run_either() {
    let trail = Trail::default();
    assert_eq!(without_grace(&trail).await, Err(Error::Failed("child")));
    assert!(trail.borrow().is_empty());
}
