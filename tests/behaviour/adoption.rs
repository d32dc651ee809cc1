//! What a dropped group leaves behind is waited for by the nearest enclosing group (G1).

use std::{future::pending, pin::pin, time::Duration};

use taskgroup::{group, orphans};
use taskgroup_tests::*;

/// Blocks its worker for a moment when it is dropped, so that a missing wait is detected.
struct Slow(Flag);

impl Drop for Slow {
    fn drop(&mut self) {
        std::thread::sleep(Duration::from_millis(20));
        self.0.set();
    }
}

on_both_runtimes! {
    async fn a_spawned_grandchild_of_a_dropped_inline_child_has_ended_before_the_outer_group_returns() {
        for _ in 0..5 {
            let (gone, ready) = (Flag::new(), Ready::new());
            let (slow, begun) = (Slow(gone.clone()), ready.reach(1));
            let ended = group!(
                nested = async move {
                    group!(#[spawn] deep = async move { let _slow = slow; ready.tick(); pending::<Result<(), &str>>().await }).await
                },
                fails = async { begun.await; Err::<(), _>("boom") },
            )
            .await;
            assert!(ended.is_err() && gone.is_set());
        }
    }

    async fn so_it_is_below_a_spawned_child() {
        for _ in 0..5 {
            let (gone, ready) = (Flag::new(), Ready::new());
            let (slow, begun) = (Slow(gone.clone()), ready.reach(1));
            let ended = group!(
                #[spawn] nested = async move {
                    group!(#[spawn] deep = async move { let _slow = slow; ready.tick(); pending::<Result<(), &str>>().await }).await
                },
                fails = async { begun.await; Err::<(), _>("boom") },
            )
            .await;
            assert!(ended.is_err() && gone.is_set());
        }
    }

    async fn so_it_is_when_a_select_drops_the_inner_group_and_the_outer_one_is_ok() {
        for _ in 0..5 {
            let (gone, ready) = (Flag::new(), Ready::new());
            let (slow, begun) = (Slow(gone.clone()), ready.reach(1));
            let ended = group!(
                selects = async move {
                    let inner = group!(#[spawn] deep = async move {
                        let _slow = slow;
                        ready.tick();
                        pending::<Result<(), &str>>().await
                    });
                    tokio::select! {
                        _ = inner.into_future() => {}
                        () = begun => {}
                    }
                    Ok::<_, &str>(())
                },
            )
            .await;
            assert!(ended.is_ok() && gone.is_set());
        }
    }

    async fn the_value_of_an_adopted_child_is_destroyed_before_the_wait_is_over() {
        for _ in 0..5 {
            let (gone, ready) = (Flag::new(), Ready::new());
            let (slow, begun) = (Slow(gone.clone()), ready.reach(1));
            let ended = group!(
                drops = async move {
                    let mut inner = Box::pin(
                        group!(
                            #[spawn] value = async move { ready.tick(); Ok::<_, &str>(slow) },
                            stays = pending::<Result<(), &str>>(),
                        )
                        .into_future(),
                    );
                    tokio::select! {
                        _ = inner.as_mut() => {}
                        () = begun => {}
                    }
                    yields(2).await;
                    drop(inner);
                    Ok::<_, &str>(())
                },
            )
            .await;
            assert!(ended.is_ok() && gone.is_set());
        }
    }

    async fn a_group_that_was_moved_away_is_adopted_by_the_group_that_encloses_its_first_poll() {
        let (gone, ready) = (Flag::new(), Ready::new());
        let slow = Slow(gone.clone());
        let begun = ready.reach(1);
        let moved = std::sync::Arc::new(std::sync::Mutex::new(None));
        let there = moved.clone();
        let outer = group!(
            first = async move {
                let mut inner = Box::pin(
                    group!(#[spawn] deep = async move { let _slow = slow; ready.tick(); pending::<Result<(), &str>>().await })
                        .into_future(),
                );
                tokio::select! {
                    _ = inner.as_mut() => {}
                    () = begun => {}
                }
                *there.lock().expect("no panic") = Some(inner);
                Ok::<_, &str>(())
            },
        );
        let task = tokio::spawn(async move {
            loop {
                if let Some(inner) = moved.lock().expect("no panic").take() {
                    drop(inner); // outside any group
                    return;
                }
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(outer.await, Ok(()));
        assert!(gone.is_set());
        task.await.expect("no panic");
    }

    async fn orphans_waits_outside_any_group() {
        let (gone, ready) = (Flag::new(), Ready::new());
        let (slow, begun) = (Slow(gone.clone()), ready.reach(1));
        {
            let mut group = pin!(
                group!(#[spawn] deep = async move { let _slow = slow; ready.tick(); pending::<Result<(), &str>>().await })
                    .into_future()
            );
            tokio::select! {
                _ = group.as_mut() => {}
                () = begun => {}
            }
        }
        orphans().await;
        assert!(gone.is_set());
        orphans().await; // and again at once
    }

    async fn orphans_waits_for_a_blocking_child() {
        let (gone, ready) = (Flag::new(), Ready::new());
        let (slow, begun) = (Slow(gone.clone()), ready.reach(1));
        {
            let mut group = pin!(
                group!(#[blocking] works = move || { ready.tick(); drop(slow); Ok::<_, ()>(()) }, never = pending::<Result<(), ()>>())
                    .into_future()
            );
            tokio::select! {
                _ = group.as_mut() => {}
                () = begun => {}
            }
        }
        orphans().await;
        assert!(gone.is_set());
    }

    async fn an_adopted_child_does_not_count_in_the_limit_of_who_adopts_it() {
        let ready = Ready::new();
        let ended = group!(xs = for n in 0..3 {
            {
                let (tick, begun) = (ready.clone(), ready.reach(n + 1));
                async move {
                    let inner = group!(#[spawn] deep = async move {
                        tick.tick();
                        // It goes on in its critical section after its group was dropped.
                        taskgroup::shield(yields(20)).await;
                        Ok::<_, &str>(())
                    });
                    tokio::select! {
                        _ = inner.into_future() => {}
                        () = begun => {}
                    }
                    Ok::<_, &str>(n)
                }
            }
        })
        .limit(1)
        .await;
        assert_eq!(ended, Ok(vec![0, 1, 2]));
    }
}
