//! Groups inside groups: which failure decides, and what a handled failure leaves behind.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use taskgroup::{Cancelled, Cause, group, task_group};
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq)]
enum Failed {
    Inner,
    Outer,
    Cancelled(Cancelled),
}

impl From<Cancelled> for Failed {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

#[derive(Clone, Default)]
struct Trail(Arc<Mutex<Vec<&'static str>>>);

impl Trail {
    fn push(&self, event: &'static str) {
        self.0.lock().unwrap().push(event);
    }

    fn all(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().clone()
    }
}

async fn fail_after(time: Duration, error: Failed) -> Result<(), Failed> {
    sleep(time).await;
    Err(error)
}

const SECOND: Duration = Duration::from_secs(1);

/// cpython#116720: both groups fail at the same moment; the inner failure is handled; the body must not go on for hours.
#[task_group]
async fn both_fail(trail: Trail) -> Result<(), Failed> {
    #[child]
    fail_after(SECOND, Failed::Outer);
    let inner = group!(fail_after(SECOND, Failed::Inner), sleep_for_ever()).await;
    if inner.is_err() {
        trail.push("handled");
    }
    sleep(Duration::from_secs(3600)).await;
    trail.push("went on");
    Ok(())
}

async fn sleep_for_ever() -> Result<(), Failed> {
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn a_handled_inner_failure_does_not_hide_the_outer_one() {
    let trail = Trail::default();
    let start = Instant::now();
    let ended = both_fail(trail.clone()).await;
    assert_eq!(ended, Err(Failed::Outer));
    assert!(start.elapsed() < 2 * SECOND, "{:?}", start.elapsed());
    assert!(!trail.all().contains(&"went on"));
}

/// The same with `group!`s only.
#[tokio::test(start_paused = true)]
async fn a_handled_inner_failure_does_not_hide_the_outer_one_in_a_group() {
    let trail = Trail::default();
    let start = Instant::now();
    let ended = group!(
        async {
            if group!(fail_after(SECOND, Failed::Inner), sleep_for_ever()).await.is_err() {
                trail.push("handled");
            }
            sleep(Duration::from_secs(3600)).await;
            trail.push("went on");
            Ok(())
        },
        fail_after(SECOND, Failed::Outer),
    )
    .await;
    assert_eq!(ended.unwrap_err(), Failed::Outer);
    assert!(start.elapsed() < 2 * SECOND, "{:?}", start.elapsed());
    assert!(!trail.all().contains(&"went on"));
}

/// cpython#128550: a child starts a child that fails at once, before it waits itself for ever.
#[task_group]
async fn second() -> Result<(), Failed> {
    #[child]
    async {
        Err::<(), _>(Failed::Inner)
    };
    std::future::pending::<()>().await;
    Ok(())
}

#[task_group]
async fn second_spawned() -> Result<(), Failed> {
    #[spawn]
    async {
        Err::<(), _>(Failed::Inner)
    };
    std::future::pending::<()>().await;
    Ok(())
}

#[task_group]
async fn first(spawned: bool) -> Result<(), Failed> {
    if spawned {
        #[spawn]
        second_spawned();
    } else {
        #[child]
        second();
    }
    std::future::pending::<()>().await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_grandchild_that_fails_at_its_first_poll_ends_everything() {
    for spawned in [false, true] {
        let ended = tokio::time::timeout(SECOND, first(spawned)).await.expect("no hang");
        assert_eq!(ended, Err(Failed::Inner));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grandchild_that_fails_at_its_first_poll_ends_everything_in_parallel() {
    for _ in 0..500 {
        let ended = tokio::time::timeout(10 * SECOND, first(true)).await.expect("no hang");
        assert_eq!(ended, Err(Failed::Inner));
    }
}

/// cpython#155418: a child that ends its group at its very first poll, while its siblings are still being started.
#[task_group]
async fn fails_while_starting() -> Result<(), Failed> {
    for n in 0..1000 {
        #[spawn]
        async move {
            if n == 0 {
                Err(Failed::Inner)
            } else {
                std::future::pending::<()>().await;
                Ok(())
            }
        };
    }
    std::future::pending::<()>().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_may_end_the_group_while_siblings_are_being_started() {
    for _ in 0..50 {
        let ended = tokio::time::timeout(10 * SECOND, fails_while_starting()).await.expect("no hang");
        assert_eq!(ended, Err(Failed::Inner));
    }
}

/// cpython#95289: a cancellation that a sibling swallowed does not stay with the code that handles the failure.
#[tokio::test(start_paused = true)]
async fn a_swallowed_cancellation_leaves_nothing_behind() {
    let ended: Result<(), Failed> = group!(async {
        let inner = group!(fail_after(SECOND, Failed::Inner), async {
            let _ = taskgroup::or_cancelled(sleep(3600 * SECOND)).await; // swallowed
            Ok(())
        },)
        .await;
        assert_eq!(inner.unwrap_err(), Failed::Inner);
        assert!(!taskgroup::is_cancelled());
        assert_eq!(taskgroup::cause(), None);
        // A later deadline of this task is its own, and counts from here.
        let start = Instant::now();
        let late = group!(sleep_for_ever()).name("later").timeout(SECOND).await;
        let Err(Failed::Cancelled(cancelled)) = late else { panic!("{late:?}") };
        assert!(matches!(cancelled.cause(), Cause::TimedOut { group } if &**group == "later"));
        assert_eq!(start.elapsed(), SECOND);
        Ok(())
    })
    .await;
    assert_eq!(ended, Ok(()));
}

/// cpython#133747: an inner failure whose handling takes long; the outer deadline is still a plain timeout.
#[tokio::test(start_paused = true)]
async fn a_slow_handler_of_an_inner_failure_is_cut_off_by_the_outer_deadline() {
    let start = Instant::now();
    let ended = group!(async {
        let inner = group!(async { Err::<(), _>(Failed::Inner) }).await;
        sleep(SECOND).await;
        inner
    })
    .name("outer")
    .timeout(SECOND / 10)
    .await;
    let Err(Failed::Cancelled(cancelled)) = ended else { panic!("{ended:?}") };
    assert!(matches!(cancelled.cause(), Cause::TimedOut { group } if &**group == "outer"));
    assert_eq!(start.elapsed(), SECOND / 10);
}

/// A deadline of the outer scope that reaches the children of a nested scope (asked of Java's `joinUntil`).
#[tokio::test(start_paused = true)]
async fn an_outer_deadline_ends_what_nested_groups_wait_for() {
    let start = Instant::now();
    let ended = group!(
        #[spawn]
        async {
            group!(
                #[spawn]
                async {
                    assert!(taskgroup::deadline().is_some());
                    sleep(3600 * SECOND).await;
                    Ok::<_, Failed>(())
                }
            )
            .await
        }
    )
    .timeout(SECOND)
    .await;
    assert!(matches!(ended, Err(Failed::Cancelled(_))));
    assert_eq!(start.elapsed(), SECOND);
}

/// trio#1457 and #3291: cancelled from outside and by its own failure or deadline, at the same moment.
#[tokio::test(start_paused = true)]
async fn own_failure_and_outer_cancellation_give_exactly_the_failure() {
    let ended = group!(async {
        group!(
            async {
                taskgroup::cancelled().await;
                Err::<(), _>(Failed::Inner)
            },
            async {
                taskgroup::cancelled().await;
                Err::<(), _>(Failed::Outer)
            },
        )
        .await
    })
    .timeout(SECOND)
    .await;
    assert_eq!(ended.unwrap_err(), Failed::Inner);

    let both = group!(async { group!(sleep_for_ever()).name("inner").timeout(SECOND).await })
        .name("outer")
        .timeout(SECOND)
        .await;
    let Err(Failed::Cancelled(cancelled)) = both else { panic!("{both:?}") };
    assert!(matches!(cancelled.cause(), Cause::TimedOut { .. }));
}
