//! Loops that await in each turn, and do not leave when they are cancelled (DESIGN §2.9).

use std::{
    future::{IntoFuture, pending},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use taskgroup::{cancelled, channel, draining, group, or_cancelled, shield, task_group};
use taskgroup_tests::*;
use tokio::time::sleep;

use crate::{ends, ends_in_real_time};

/// A loop beside a child that fails: inline and spawned, with a grace period, whose end then ends it, and without.
macro_rules! the_group_ends_a_loop_around {
    ($($name:ident: { $($setup:tt)* } loop $turn:block)*) => {$(
        mod $name {
            use super::*;

            async fn looped() -> Result<(), &'static str> {
                $($setup)*
                loop $turn
            }

            #[test]
            fn inline() {
                let ended = ends_in_real_time(|| async { group!(looped(), fails = after(10, Err::<(), _>("boom"))).await });
                assert_eq!(ended.err(), Some("boom"));
            }

            #[test]
            fn inline_with_a_grace_period() {
                let ended = ends_in_real_time(|| async {
                    group!(looped(), fails = after(10, Err::<(), _>("boom"))).grace(ms(50)).await
                });
                assert_eq!(ended.err(), Some("boom"));
            }

            #[test]
            fn spawned() {
                let ended = ends_in_real_time(|| async {
                    group!(#[spawn] looped(), fails = after(10, Err::<(), _>("boom"))).await
                });
                assert_eq!(ended.err(), Some("boom"));
            }

            #[test]
            fn spawned_with_a_grace_period() {
                let ended = ends_in_real_time(|| async {
                    group!(#[spawn] looped(), fails = after(10, Err::<(), _>("boom"))).grace(ms(50)).await
                });
                assert_eq!(ended.err(), Some("boom"));
            }
        }
    )*};
}

the_group_ends_a_loop_around! {
    or_cancelled_whose_error_is_ignored: {} loop {
        let _ = or_cancelled(sleep(ms(1))).await;
    }

    cancelled_in_a_select: {} loop {
        tokio::select! {
            biased;
            _ = cancelled() => {}
            () = sleep(ms(1)) => {}
        }
    }

    draining_in_a_select: {} loop {
        tokio::select! {
            biased;
            () = draining() => {}
            () = sleep(ms(1)) => {}
        }
    }

    two_answers_in_a_select: {} loop {
        tokio::select! {
            biased;
            _ = cancelled() => {}
            () = draining() => {}
            () = sleep(ms(1)) => {}
        }
    }

    a_stream_that_is_always_ready: { let mut numbers = futures::stream::iter(0_u64..); } loop {
        if or_cancelled(futures::StreamExt::next(&mut numbers)).await.is_err() {
            continue;
        }
        tokio::task::yield_now().await;
    }

    a_group_that_starts_cancelled: {} loop {
        let _ = group!(async { pending::<Result<(), &str>>().await }).outcome().timeout(ms(1)).await;
    }

    a_group_whose_child_is_answered: {} loop {
        let _ = group!(async { Ok::<_, ()>(or_cancelled(sleep(ms(1))).await.is_ok()) }).await;
    }

    recv_whose_error_is_ignored: { let (_tx, mut rx) = channel::unbounded::<u32>(); } loop {
        let _ = or_cancelled(tokio::time::timeout(ms(1), rx.recv())).await;
    }

    send_whose_error_is_ignored: { let (tx, _rx) = channel::bounded::<u32>(1); } loop {
        let _ = tokio::time::timeout(ms(1), tx.send(1)).await;
    }
}

#[test]
fn a_grace_period_ends_a_loop_of_sections() {
    // Without one it goes on: there is always a section open, and it holds the child.
    let ended = ends_in_real_time(|| async {
        let looped = async {
            loop {
                shield(draining()).await;
            }
            #[allow(unreachable_code)]
            Ok::<(), &str>(())
        };
        group!(looped, fails = after(10, Err::<(), _>("boom"))).grace(ms(50)).await
    });
    assert_eq!(ended.err(), Some("boom"));
}

#[test]
fn the_group_ends_such_a_loop_where_there_is_no_tokio() {
    let (tx, rx) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let ended = futures::executor::block_on(
            group!(
                async {
                    loop {
                        let _ = or_cancelled(pending::<()>()).await;
                    }
                },
                fails = async { Err::<(), _>("boom") },
            )
            .into_future(),
        );
        let _ = tx.send(ended.err());
    });
    assert_eq!(rx.recv_timeout(std::time::Duration::from_secs(60)), Ok(Some("boom")));
}

#[test]
fn a_captured_token_that_a_bare_task_loops_around_yields() {
    let turns = ends(|| async {
        let turns = Arc::new(AtomicUsize::new(0));
        let count = turns.clone();
        let ended = group!(
            #[allow(detached)]
            child = async {
                let mut captured: Vec<_> = (0..1_000).map(|_| Box::pin(draining())).collect();
                let task = tokio::spawn(async move {
                    while let Some(draining) = captured.pop() {
                        draining.await;
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                });
                draining().await;
                // One turn of the bare task, which takes no more than tokio's budget.
                tokio::task::yield_now().await;
                let first = turns.load(Ordering::Relaxed);
                task.await.expect("no panic");
                Ok::<_, &str>((first, turns.load(Ordering::Relaxed)))
            },
        )
        .drain_on(sleep(ms(5)))
        .await;
        ended.expect("no failure")
    });
    assert!(turns.0 < 1_000 && turns.1 == 1_000, "{turns:?}");
}

virtual_time! {
    async fn the_first_32_answers_in_a_poll_of_a_child_are_free_whatever_the_budget() {
        let answers = Arc::new(AtomicUsize::new(0));
        let count = answers.clone();
        let ended = group!(
            looped = async move {
                loop {
                    cancelled().await;
                    use_up_budget().await;
                    count.fetch_add(1, Ordering::Relaxed);
                }
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        // The last poll: 32 at once, then one that pends, at which the child is dropped.
        assert_eq!(answers.load(Ordering::Relaxed), 32);
    }

    async fn each_child_has_its_own_32() {
        let answers = Arc::new(AtomicUsize::new(0));
        let ended = group!(
            loops = for _ in 0..10 {
                {
                    let count = answers.clone();
                    async move {
                        loop {
                            cancelled().await;
                            count.fetch_add(1, Ordering::Relaxed);
                        }
                        #[allow(unreachable_code)]
                        Ok::<(), &str>(())
                    }
                }
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(answers.load(Ordering::Relaxed), 320);
    }

    /// In a group without options, whose children are polled without its machine.
    async fn each_child_of_a_plain_group_has_its_own_32_too() {
        async fn asks_20_times() -> Result<(), &'static str> {
            for _ in 0..20 {
                draining().await;
            }
            Ok(())
        }
        let ended = group!(
            late = async {
                sleep(ms(10)).await;
                let inner = pin!(group!(asks_20_times(), asks_20_times(), asks_20_times()).into_future());
                Ok::<_, &str>(poll_once(inner).is_ready())
            }
        )
        .drain_on(sleep(ms(5)))
        .await;
        assert_eq!(ended, Ok(true));
    }

    async fn an_answer_that_pends_comes_in_the_next_poll() {
        let answers = Arc::new(AtomicUsize::new(0));
        let count = answers.clone();
        let ended = group!(
            counts = async move {
                for _ in 0..100 {
                    cancelled().await;
                    count.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(10))
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(answers.load(Ordering::Relaxed), 100);
    }
}

/// What 1,000 children do that react in their last poll, with some of tokio's budget.
macro_rules! reacts {
    ($heard:ident) => {{
        let heard = $heard.clone();
        async move {
            tokio::select! {
                _ = cancelled() => {}
                () = pending() => {}
            }
            tokio::task::coop::consume_budget().await;
            heard.fetch_add(1, Ordering::Relaxed);
            pending::<Result<(), &str>>().await
        }
    }};
}

#[task_group]
async fn thousand_statements(heard: &Arc<AtomicUsize>) -> Result<(), &'static str> {
    for _ in 0..1_000 {
        #[child]
        reacts!(heard);
    }
    pending().await
}

virtual_time! {
    async fn a_thousand_children_one_group_further_in_are_all_reached_by_one_last_poll() {
        let heard = Arc::new(AtomicUsize::new(0));
        let inner = async { group!(for _ in 0..1_000 { reacts!(heard) }).await };
        let ended = group!(inner, fails = after(10, Err::<(), _>("boom"))).await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(heard.load(Ordering::Relaxed), 1_000);
    }

    async fn so_they_are_two_groups_further_in_and_beside_siblings() {
        let heard = Arc::new(AtomicUsize::new(0));
        let inner = async {
            group!(
                deeper = async { group!(for _ in 0..1_000 { reacts!(heard) }).await },
                beside = for _ in 0..500 { reacts!(heard) },
            )
            .await
            .map(drop)
        };
        let ended = group!(inner, for _ in 0..500 { reacts!(heard) }, fails = after(10, Err::<(), _>("boom"))).await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(heard.load(Ordering::Relaxed), 2_000);
    }

    async fn so_they_are_below_a_spawned_child() {
        let heard = Arc::new(AtomicUsize::new(0));
        let within = heard.clone();
        let ended = group!(
            #[spawn] inner = async move { group!(for _ in 0..1_000 { reacts!(within) }).await },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(heard.load(Ordering::Relaxed), 1_000);
    }

    async fn so_they_are_in_a_function() {
        let heard = Arc::new(AtomicUsize::new(0));
        let ended = group!(thousand_statements(&heard), fails = after(10, Err::<(), _>("boom"))).await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(heard.load(Ordering::Relaxed), 1_000);
    }

    async fn so_they_are_below_the_children_of_a_for() {
        let heard = Arc::new(AtomicUsize::new(0));
        let ended = group!(
            inner = for _ in 0..5 { async { group!(for _ in 0..200 { reacts!(heard) }).await } },
            fails = after(10, Err::<(), _>("boom")),
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(heard.load(Ordering::Relaxed), 1_000);
    }
}

#[test]
fn a_last_poll_that_a_group_inside_spreads_over_several_polls_ends() {
    // Children that use up the budget in every poll, so that their group never reaches them all in one.
    let ended = ends(|| async {
        let inner = async {
            group!(for _ in 0..10 {
                async {
                    loop {
                        let _ = or_cancelled(async {}).await;
                        use_up_budget().await;
                        tokio::task::yield_now().await;
                        let _ = taskgroup::is_cancelled();
                    }
                    #[allow(unreachable_code)]
                    Ok::<(), &str>(())
                }
            })
            .await
        };
        group!(
            inner,
            fails = async {
                yields(5).await;
                Err::<(), _>("boom")
            }
        )
        .await
    });
    assert_eq!(ended.err(), Some("boom"));
}
