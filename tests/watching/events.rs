//! What happens to a group and is worth a line.

use std::{future::pending, time::Duration};

use taskgroup::{Stopped, cancelled, group};
use tokio::time::sleep;
use tracing::Level;

use crate::{listener::Listener, one_thread};

fn listen<F: Future>(test: F) -> (F::Output, Listener) {
    let listener = Listener::new();
    let output = tracing::dispatcher::with_default(&listener.dispatch(), || one_thread().block_on(test));
    (output, listener)
}

#[track_caller]
fn assert_heard(listener: &Listener, level: Level, text: &str) {
    let heard = listener.heard(text);
    assert_eq!(heard.len(), 1, "{text}: {:#?}", listener.all());
    assert_eq!(heard[0].level, level);
    assert_eq!(heard[0].spans[0], "group{name=g}");
}

#[test]
fn a_failure_its_cancellation_and_an_error_that_comes_late() {
    let (ended, listener) = listen(
        group!(
            late = async {
                cancelled().await;
                Err::<(), _>("late")
            },
            first = async { Err::<(), _>("first") },
        )
        .name("g")
        .grace(Duration::from_secs(1))
        .into_future(),
    );
    assert_eq!(ended.map(drop), Err("first"));
    assert_heard(&listener, Level::DEBUG, "a child failed child=first");
    assert_heard(&listener, Level::DEBUG, "the group is cancelled cause=`first` failed");
    assert_heard(&listener, Level::WARN, "its error is dropped child=late");
}

#[test]
fn a_deadline_and_a_grace_that_is_over() {
    let (ended, listener) = listen(
        group!(
            forever = pending::<Result<(), ()>>(),
            also = async {
                cancelled().await;
                pending().await
            }
        )
        .outcome()
        .name("g")
        .timeout(Duration::from_millis(1))
        .grace(Duration::from_millis(1))
        .into_future(),
    );
    let ended: Result<((), ()), Stopped<()>> = ended;
    assert!(matches!(ended, Err(Stopped::Cancelled(_))));
    assert_heard(&listener, Level::WARN, "the deadline has passed; the group is cancelled cause=`g` timed out");
    assert_heard(&listener, Level::WARN, "the grace is over; what has not ended is dropped left=2");
}

#[test]
fn a_panic_and_one_that_comes_late() {
    let (ended, listener) = listen(
        group!(
            #[spawn]
            first = async {
                if true {
                    std::panic::resume_unwind(Box::new("on purpose"));
                }
                Ok(())
            },
            second = async {
                cancelled().await;
                if true {
                    std::panic::resume_unwind(Box::new("again"));
                }
                Ok::<_, ()>(())
            },
        )
        .outcome()
        .catch_panics()
        .name("g")
        .into_future(),
    );
    assert!(matches!(ended, Err(Stopped::Panicked(_))));
    assert_heard(&listener, Level::WARN, "a child panicked child=first panic=\"on purpose\"");
    assert_heard(&listener, Level::WARN, "a child panicked after the outcome was decided child=second panic=\"again\"");
}

#[test]
fn a_drain_and_an_adoption() {
    let ((), listener) = listen(async {
        let drained = group!(
            child = async {
                taskgroup::draining().await;
                Ok::<_, ()>(())
            }
        )
        .name("g")
        .drain_on(async {});
        assert_eq!(drained.await, Ok(()));
        let dropped = group!(
            #[spawn]
            child = pending::<Result<(), ()>>()
        )
        .name("g");
        let _ = tokio::time::timeout(Duration::from_millis(1), dropped.into_future()).await;
        sleep(Duration::from_millis(1)).await;
    });
    assert_heard(&listener, Level::DEBUG, "the group drains: nothing new is taken");
    assert_heard(&listener, Level::DEBUG, "the group was dropped; what is still running is adopted");
}
