//! Memory: flat however many children came and went, and everything is dropped exactly once.

use std::{future::poll_fn, task::Poll};

use taskgroup::{cancelled, child_token, group, is_cancelled};
use taskgroup_tests::*;

/// How much this process has allocated that is in memory, in kilobytes; `None` where that is unknown.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?.trim().strip_suffix(" kB")?.trim().parse().ok()
}

const MUCH: usize = 6 * 1024;

/// Runs `test` in a process of its own: what is resident is that of a process.
fn alone(name: &str, test: impl Future<Output = ()> + 'static) {
    const ALONE: &str = "TASKGROUP_TESTS_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return in_virtual_time(Box::pin(test));
    }
    let program = std::env::current_exe().expect("a path");
    let output = std::process::Command::new(program)
        .args(["--exact", &format!("memory::{name}"), "--nocapture"])
        .env(ALONE, "1")
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_million_short_children_of_unit_results_leave_nothing() {
    alone("a_million_short_children_of_unit_results_leave_nothing", async {
        let before = resident();
        let ended = group!(
            xs = for n in 0..1_000_000_u32 {
                async {
                    if n % 1_000 == 0 {
                        yields(1).await;
                    }
                    Ok::<(), &str>(())
                }
            }
        )
        .limit(64)
        .await;
        assert_eq!(ended.map(|xs| xs.len()), Ok(1_000_000));
        let ended = group!(
            #[spawn]
            xs = for _ in 0..100_000_u32 {
                async { Ok::<(), &str>(()) }
            }
        )
        .limit(64)
        .await;
        assert_eq!(ended.map(|xs| xs.len()), Ok(100_000));
        if let (Some(before), Some(after)) = (before, resident()) {
            assert!(after < before + MUCH, "from {before} kB to {after} kB");
        }
    });
}

#[test]
fn a_hundred_thousand_groups_under_a_parent_that_lives_long_leave_no_trace() {
    alone("a_hundred_thousand_groups_under_a_parent_that_lives_long_leave_no_trace", async {
        let ended = group!(
            parent = async {
                let _token = child_token();
                let mut before = None;
                for run in 0..100_000 {
                    if run == 10_000 {
                        before = resident();
                    }
                    // Each makes its token, and listens, in one way or another.
                    let inner = group!(
                        a = async {
                            is_cancelled();
                            let _token = child_token();
                            Ok(())
                        },
                        b = async {
                            if run % 2 == 0 {
                                return Err("fails");
                            }
                            let mut waiting = Box::pin(cancelled());
                            poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx).is_ready())).await;
                            Ok(())
                        },
                    )
                    .await;
                    assert_eq!(inner.is_err(), run % 2 == 0);
                }
                if let (Some(before), Some(after)) = (before, resident()) {
                    assert!(after < before + MUCH, "from {before} kB to {after} kB");
                }
                assert!(!is_cancelled());
                Ok::<_, &str>(())
            }
        )
        .await;
        assert_eq!(ended, Ok(()));
    });
}

every_kind! {
    async fn values_are_dropped_exactly_once() {
        let alive = Alive::new();
        let (a, b) = (alive.enter(), alive.enter());
        let ended = crowd!(a = async move { Ok::<_, &str>(a) }, b = async move { yields(2).await; Ok(b) }).await;
        assert_eq!((alive.now(), ended.is_ok()), (2, true));
        drop(ended);
        assert_eq!(alive.now(), 0);
    }

    async fn the_values_of_a_failed_group_are_dropped() {
        let alive = Alive::new();
        let (a, there) = (alive.enter(), alive.clone());
        let ended = crowd!(
            a = async move { Ok(a) },
            fails = async { yields(5).await; Err::<(), _>("boom") },
        )
        .await;
        assert_eq!((ended.err(), alive.now()), (Some("boom"), 0));
        let ended = crowd_for!(xs = n in (0..5) {
            let here = there.enter();
            async move {
                if n == 4 {
                    yields(5).await;
                    return Err("boom");
                }
                Ok(here)
            }
        })
        .await;
        assert_eq!((ended.err(), alive.now()), (Some("boom"), 0));
    }

    async fn errors_are_dropped_exactly_once() {
        let alive = Alive::new();
        let (a, b) = (alive.enter(), alive.enter());
        let ended = crowd!(a = async move { Err::<(), _>(a) }, b = async move { Err::<(), _>(b) }).await;
        assert_eq!(alive.now(), 1);
        drop(ended);
        assert_eq!(alive.now(), 0);
        let (a, b) = (alive.enter(), alive.enter());
        let ended = crowd!(a = async move { Err::<(), _>(a) }, b = async move { Err::<(), _>(b) }).collect_errors().await;
        assert_eq!(alive.now(), 2);
        drop(ended);
        assert_eq!(alive.now(), 0);
    }
}
