//! A group that waits for something that does not come says whom it waits for.

use std::{future::pending, time::Duration};

use taskgroup::{cancelled, group, report_stalls_after, shield};
use tokio::time::sleep;
use tracing::Level;

use crate::{listener::Listener, many_threads};

const AFTER: Duration = Duration::from_millis(100);
const LATER: Duration = Duration::from_millis(450);

fn listen<F: Future>(test: F) -> Vec<String> {
    // The same for all: it is a setting of the whole program.
    report_stalls_after(AFTER);
    let listener = Listener::up_to(Level::WARN);
    tracing::dispatcher::with_default(&listener.dispatch(), || {
        many_threads().block_on(async { tokio::time::timeout(LATER, test).await })
    })
    .err()
    .expect("the group still waits");
    listener.heard("has waited").into_iter().map(|heard| heard.text).collect()
}

#[track_caller]
fn assert_says(reports: &[String], text: &str) {
    assert!(matches!(reports, [report] if report.contains(text)), "{text}: {reports:#?}");
}

#[test]
fn a_heartbeat_that_should_be_a_daemon() {
    let reports = listen(
        group!(
            user = async { Ok::<_, ()>(()) },
            heartbeat = async {
                loop {
                    sleep(Duration::from_millis(10)).await; // it moves, but gets nowhere
                }
            },
        )
        .name("dashboard")
        .into_future(),
    );
    assert_says(&reports, "`dashboard` has waited 100 ms for `heartbeat` only; is it a `#[daemon]`?");
}

#[test]
fn several_that_nothing_wakes() {
    let reports = listen(
        group!(
            #[spawn]
            idle = for _ in 0..5 {
                pending::<Result<(), ()>>()
            }
        )
        .name("idlers")
        .into_future(),
    );
    assert_says(&reports, "`idlers` has waited 100 ms for `idle[0]`, `idle[1]`, `idle[2]` and 2 more only");
}

#[test]
fn the_innermost_group_reports() {
    let reports = listen(
        group!(
            done = async { Ok::<_, ()>(()) },
            outer = async { group!(stuck = pending::<Result<(), ()>>()).name("inner").await },
        )
        .name("around")
        .into_future(),
    );
    assert_says(&reports, "`inner` has waited 100 ms for `stuck` only");
}

#[test]
fn a_child_that_does_not_end_when_it_is_cancelled() {
    let reports = listen(
        group!(
            #[daemon]
            cleanup = async {
                cancelled().await;
                shield(pending::<()>()).await;
                Ok(())
            },
            failed = async { Err::<(), _>(()) },
        )
        .name("ending")
        .into_future(),
    );
    assert_says(&reports, "`ending` was cancelled, and has waited 100 ms for `cleanup` to end");
}

#[test]
fn a_child_that_blocks_its_thread() {
    let reports = listen(
        group!(
            #[spawn]
            #[allow(blocking_sleep)]
            hog = async {
                std::thread::sleep(LATER * 2);
                Ok::<_, ()>(())
            }
        )
        .name("blocked")
        .into_future(),
    );
    assert_says(&reports, "`hog` has not come to an await in that time: does it block its thread?");
}

#[test]
fn who_gets_somewhere_is_left_in_peace() {
    let reports = listen(
        group!(
            server = async {
                loop {
                    sleep(Duration::from_millis(10)).await;
                }
            },
            #[daemon]
            idle = async {
                cancelled().await;
                Ok::<_, ()>(())
            }
        )
        .outcome()
        .into_future(),
    );
    assert!(reports.is_empty(), "{reports:#?}");
    let reports = listen(
        group!(
            work = for n in 0.. {
                async move {
                    sleep(Duration::from_millis(n % 20)).await;
                    Ok::<_, ()>(())
                }
            }
        )
        .limit(2)
        .into_future(),
    );
    assert!(reports.is_empty(), "{reports:#?}");
}
