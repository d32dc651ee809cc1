//! What is dropped in carried code, and in sections outside any group, is an orphan (G1); and the group whose code was
//! carried does not wait for it.

use std::{future::pending, time::Duration};

use taskgroup::{group, in_current_group, orphans, shield};
use taskgroup_tests::*;
use tokio::time::{Instant, sleep};

/// Blocks its worker for a moment when it is dropped, so that a missing wait is detected.
struct Slow(Flag);

impl Drop for Slow {
    fn drop(&mut self) {
        std::thread::sleep(Duration::from_millis(20));
        self.0.set();
    }
}

/// Polls a group with a spawned child until that runs, and drops it.
async fn drops_a_group(gone: Flag) {
    let ready = Ready::new();
    let (slow, begun) = (Slow(gone), ready.reach(1));
    let dropped = group!(
        #[spawn]
        deep = async move {
            let _slow = slow;
            ready.tick();
            pending::<Result<(), &str>>().await
        }
    );
    tokio::select! {
        _ = dropped.into_future() => {}
        () = begun => {}
    }
}

on_both_runtimes! {
    async fn orphans_waits_for_what_is_dropped_in_a_section_outside_any_group() {
        for _ in 0..5 {
            let gone = Flag::new();
            shield(drops_a_group(gone.clone())).await;
            orphans().await;
            assert!(gone.is_set());
        }
    }

    async fn orphans_waits_for_what_is_dropped_in_carried_code() {
        for _ in 0..5 {
            let gone = Flag::new();
            let carried = group!(child = async { Ok::<_, &str>(in_current_group(drops_a_group(gone.clone()))) });
            let carried = carried.await.expect("no failure");
            tokio::spawn(carried).await.expect("no panic");
            orphans().await;
            assert!(gone.is_set());
        }
    }

    async fn orphans_waits_for_what_a_dropped_section_had_started() {
        for _ in 0..5 {
            let (gone, ready) = (Flag::new(), Ready::new());
            let (slow, begun) = (Slow(gone.clone()), ready.reach(1));
            let section = shield(async move {
                group!(#[spawn] deep = async move {
                    let _slow = slow;
                    ready.tick();
                    pending::<Result<(), &str>>().await
                })
                .await
            });
            tokio::select! {
                _ = section => {}
                () = begun => {}
            }
            orphans().await;
            assert!(gone.is_set());
        }
    }

    async fn a_section_inside_a_group_leaves_what_it_drops_to_the_group() {
        for _ in 0..5 {
            let gone = Flag::new();
            let ended = group!(child = async { shield(drops_a_group(gone.clone())).await; Ok::<_, &str>(()) }).await;
            assert!(ended.is_ok() && gone.is_set());
        }
    }
}

virtual_time! {
    async fn a_group_in_carried_code_does_not_hold_the_group_it_was_carried_from() {
        let begun = Instant::now();
        let ended = group!(
            #[allow(detached)]
            #[spawn]
            child = async {
                let task = tokio::spawn(in_current_group(async {
                    group!(#[spawn] deep = async { sleep(ms(60_000)).await; Ok::<_, &str>(7) }).await
                }));
                tokio::task::yield_now().await;
                tokio::task::yield_now().await;
                Ok::<_, &str>(task)
            },
        )
        .await;
        assert_eq!(begun.elapsed(), ms(0));
        assert_eq!(ended.expect("no failure").await.expect("no panic"), Ok(7));
    }
}
