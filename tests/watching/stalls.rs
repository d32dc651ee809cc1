//! A group that waits for something that does not come says whom it waits for, and in what that waits.

use std::{
    future::pending,
    sync::{Mutex, mpsc},
    time::{Duration, Instant},
};

use taskgroup::{cancelled, channel, group, report_stalls_after, shield, task_group};
use tokio::time::sleep;
use tracing::Level;

use crate::{PATIENCE, listener::Listener, many_threads};

const AFTER: Duration = Duration::from_millis(100);

/// Runs `test` until a group has been reported, or until `longest` is over, and for some time after it: a stall is reported
/// once. Returns the reports.
fn listen<F: Future>(longest: Duration, test: F) -> Vec<String> {
    // The same for all: it is a setting of the whole program.
    report_stalls_after(AFTER);
    let listener = Listener::up_to(Level::WARN);
    let heard = listener.clone();
    let reports = move || heard.heard("has waited");
    let none = reports.clone();
    let is_over = async move {
        let since = Instant::now();
        while none().is_empty() && since.elapsed() < longest {
            sleep(Duration::from_millis(5)).await;
        }
        sleep(AFTER * 2).await;
    };
    tracing::dispatcher::with_default(&listener.dispatch(), || {
        many_threads().block_on(async {
            // On a task of its own: where the group runs, each look would wake its inline children, and nothing would stall.
            let is_over = tokio::spawn(is_over);
            tokio::select! {
                _ = test => panic!("the group still waits"),
                ended = is_over => ended.expect("no panic"),
            }
        });
    });
    reports().into_iter().map(|heard| heard.text).collect()
}

#[track_caller]
fn assert_reported<F: Future>(test: F, text: &str) {
    let reports = listen(PATIENCE, test);
    assert!(matches!(&*reports, [report] if report.contains(text)), "{text}: {reports:#?}");
}

#[test]
fn a_heartbeat_that_should_be_a_daemon() {
    assert_reported(
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
        "`dashboard` has waited 100 ms for `heartbeat` only; is it a `#[daemon]`?",
    );
}

#[test]
fn several_that_nothing_wakes() {
    assert_reported(
        group!(
            #[spawn]
            idle = for _ in 0..5 {
                pending::<Result<(), ()>>()
            }
        )
        .name("idlers")
        .into_future(),
        "`idlers` has waited 100 ms for `idle[0]`, `idle[1]`, `idle[2]` and 2 more only",
    );
}

#[test]
fn the_innermost_group_reports() {
    assert_reported(
        group!(
            done = async { Ok::<_, ()>(()) },
            outer = async { group!(stuck = pending::<Result<(), ()>>()).name("inner").await },
        )
        .name("around")
        .into_future(),
        "`inner` has waited 100 ms for `stuck` only",
    );
}

#[test]
fn a_child_that_does_not_end_when_it_is_cancelled() {
    assert_reported(
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
        "`ending` was cancelled, and has waited 100 ms for `cleanup` to end",
    );
}

#[test]
fn a_child_that_blocks_its_thread() {
    let (held, holds) = mpsc::channel::<()>();
    let blocked = async move {
        // Dropped after the group, whose child then ends.
        let _held = held;
        group!(
            #[spawn]
            hog = async move {
                holds.recv().expect_err("it is let go");
                Ok::<_, ()>(())
            }
        )
        .name("blocked")
        .await
    };
    assert_reported(blocked, "`hog` has not come to an await in that time: does it block its thread?");
}

#[test]
fn a_report_says_what_each_child_waits_in() {
    let (_sender, mut empty) = channel::bounded::<u8>(1);
    let (full, _receiver) = channel::bounded(1);
    let waits = group!(
        reader = async { empty.recv().await.map(drop).map_err(drop) },
        #[spawn]
        writer = async move {
            full.send(1_u8).await.map_err(drop)?;
            full.send(2).await.map_err(drop)
        },
        either = async {
            tokio::select! {
                _ = cancelled() => Ok(()),
                () = taskgroup::draining() => Ok(()),
            }
        },
    );
    assert_reported(
        waits.name("waits").into_future(),
        "`waits` has waited 100 ms for `reader` (in recv), `writer` (in send) and `either` (in cancelled or draining) only; are they",
    );
}

#[test]
fn a_report_says_that_others_of_the_group_wait_for_room() {
    #[task_group(limit = 1)]
    async fn crowded() -> Result<(), ()> {
        for _ in 0..2 {
            #[spawn]
            pending::<Result<(), ()>>();
        }
        Ok(())
    }
    assert_reported(crowded(), "`crowded` (in room) has waited 100 ms for `pending[0]` only");
    let items = group!(
        items = for _ in 0..2 {
            pending::<Result<(), ()>>()
        }
    );
    assert_reported(
        items.limit(1).name("items").into_future(),
        "`items` (in room) has waited 100 ms for `items[0]` only",
    );
}

/// When something last happened, and the longest time without it.
struct Pace(Mutex<([Instant; 2], Duration)>);

impl Pace {
    fn new() -> Self {
        Self(Mutex::new(([Instant::now(); 2], Duration::ZERO)))
    }

    /// Notes that something happens. From the one before the last: what is observed in a poll began before it.
    fn goes_on(&self) -> Duration {
        let mut pace = self.0.lock().expect("no panic");
        let ([before, last], longest) = *pace;
        let now = Instant::now();
        *pace = ([last, now], longest.max(now - before));
        pace.1
    }
}

/// A machine that is busy with other things may give this process no time for so long; that is a stall.
#[test]
fn a_group_that_gets_somewhere_is_not_reported() {
    let pace = Pace::new();
    let server = group!(
        server = async {
            loop {
                sleep(Duration::from_millis(10)).await;
                pace.goes_on();
            }
        },
        #[daemon]
        idle = async {
            cancelled().await;
            Ok::<_, ()>(())
        }
    );
    let reports = listen(AFTER * 3, server.outcome().into_future());
    assert!(reports.is_empty() || pace.goes_on() >= AFTER, "{reports:#?}");

    let pace = Pace::new();
    let work = group!(
        work = for n in 0.. {
            let pace = &pace;
            async move {
                sleep(Duration::from_millis(n % 20)).await;
                pace.goes_on();
                Ok::<_, ()>(())
            }
        }
    );
    let reports = listen(AFTER * 3, work.limit(2).into_future());
    assert!(reports.is_empty() || pace.goes_on() >= AFTER, "{reports:#?}");
}
