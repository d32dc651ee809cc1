//! No child that yields starves another (G8).

use std::cell::Cell;

use taskgroup::{cancelled, group, is_cancelled};
use taskgroup_tests::*;
use tokio::{
    task::coop,
    time::{Instant, sleep},
};

/// Always ready to go on, but respects the budget. Fails if no other child is polled for a long time.
async fn turns(done: &Cell<bool>) -> Result<(), &'static str> {
    for _ in 0..100_000 {
        if done.get() {
            return Ok(());
        }
        coop::consume_budget().await;
    }
    Err("nobody else had a turn")
}

on_both_runtimes! {
    async fn a_spawned_for_over_children_that_wait_ends() {
        let n = group!(xs = for _ in 0..0 { async { Ok::<_, ()>(1) } }).await;
        assert_eq!(n, Ok(vec![]));
        let xs = group!(#[spawn] xs = for n in 0..3 { async move { yields(n).await; Ok::<_, ()>(n) } }).await;
        assert_eq!(xs, Ok(vec![0, 1, 2]));
    }

    async fn a_chatty_child_does_not_keep_a_for_from_beginning() {
        let done = Cell::new(false);
        let ended = group!(
            chatty = async {
                turns(&done).await
            },
            xs = for _ in 0..1 { async { done.set(true); Ok(()) } },
        )
        .await;
        assert!(ended.is_ok(), "{ended:?}");
    }

    async fn a_chatty_child_of_a_for_does_not_keep_the_next_from_beginning() {
        let done = Cell::new(false);
        let ended = group!(
            xs = for n in 0..2 {
                async {
                    if n == 1 {
                        done.set(true);
                    }
                    turns(&done).await
                }
            },
        )
        .await;
        assert!(ended.is_ok(), "{ended:?}");
    }

    async fn room_that_an_early_arm_gives_back_is_taken_though_the_order_of_polls_has_turned() {
        let ended = group!(
            first = async {
                use_up_budget().await;
                tokio::time::sleep(ms(1)).await;
                Ok::<_, ()>(1)
            },
            second = async { Ok(2) },
        )
        .limit(1)
        .await;
        assert_eq!(ended, Ok((1, 2)));
    }

    async fn the_last_poll_comes_though_the_failing_child_used_up_the_budget() {
        let saw = Trail::new();
        let ended = group!(
            xs = for n in 0..20 {
                async {
                    cancelled().await;
                    saw.say(format!("{n}"));
                    Ok(())
                }
            },
            fails = async {
                yields(2).await;
                use_up_budget().await;
                Err::<(), _>("boom")
            },
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(saw.read().len(), 20);
    }

    async fn the_last_poll_has_budget() {
        let saw = Trail::new();
        let ended = group!(
            a = async {
                tokio::select! {
                    _ = cancelled() => saw.say("a"),
                    () = std::future::pending() => {}
                }
                Ok(())
            },
            fails = async {
                yields(2).await;
                use_up_budget().await;
                Err::<(), _>("boom")
            },
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(saw.read(), ["a"]);
    }

    async fn a_drain_that_has_come_before_the_first_poll_lets_no_source_be_pulled() {
        let ended = group!(xs = for n in 0..5 { async move { Ok::<_, ()>(n) } }).drain_on(async {}).await;
        assert_eq!(ended, Ok(vec![]));
    }

    async fn a_chatty_sibling_gets_no_more_than_one_budget_ahead() {
        let turns = Cell::new(0);
        let ended = group!(
            chatty = async {
                for _ in 0..100_000 {
                    turns.set(turns.get() + 1);
                    coop::consume_budget().await;
                }
                Ok::<_, ()>(0)
            },
            sibling = async {
                yields(1).await;
                tokio::task::yield_now().await;
                coop::consume_budget().await;
                Ok(turns.get())
            },
        )
        .await;
        assert!(ended.is_ok_and(|(_, turns)| turns < 1_000));
    }

    // Rule 9: the arm that used up the budget is polled last the next time. It came first again where another was before it.
    async fn what_uses_up_the_budget_gets_no_second_one_before_the_others_have_had_a_turn() {
        let turns = Cell::new(0);
        let ended = group!(
            before = async {
                coop::consume_budget().await;
                Ok::<_, ()>(())
            },
            greedy = async {
                for _ in 0..1_000 {
                    turns.set(turns.get() + 1);
                    coop::consume_budget().await;
                }
                Ok(())
            },
            after = async {
                coop::consume_budget().await;
                Ok(turns.get())
            },
        )
        // With a machine from the start: without one it is not known which arm used up the first budget.
        .drain_on(std::future::pending::<()>())
        .await;
        assert!(ended.is_ok_and(|(_, _, turns)| turns <= 128), "{}", turns.get());
    }
}

virtual_time! {
    /// The sources are first in the second poll, because `greedy` used up the budget in the first one. Only after their turn does
    /// it give back the room that they wait for. If nothing but the end of a source is missing, and it is the last poll of what
    /// awaits the group, values would be lost otherwise.
    async fn room_that_comes_back_after_the_turn_of_a_source_is_used_in_the_same_poll() {
        let mut ended = std::pin::pin!(
            group!(
                xs = for n in 0..1 { async move { Ok::<_, ()>(n) } },
                greedy = async {
                    for _ in 0..129 {
                        coop::consume_budget().await;
                    }
                    Ok(())
                },
            )
            .limit(1)
            .into_future()
        );
        assert!(futures::poll!(ended.as_mut()).is_pending());
        tokio::task::yield_now().await;
        assert_eq!(futures::poll!(ended.as_mut()), std::task::Poll::Ready(Ok((vec![0], ()))));
    }

    /// The enclosing group is cancelled at 5 ms and has a grace period. The group inside begins later, sees that, and polls all
    /// of its children once more; `busy` uses up the budget, so that goes on behind it.
    async fn a_child_that_used_up_the_budget_goes_on_after_a_pass_that_went_on_behind_it() {
        let began = Instant::now();
        let ended = group!(
            late = async {
                sleep(ms(10)).await;
                group!(
                    busy = async {
                        for _ in 0..600 {
                            coop::consume_budget().await;
                        }
                        Ok::<_, Fail>(())
                    },
                    looks = async {
                        is_cancelled();
                        Ok(())
                    },
                )
                .await
            }
        )
        .timeout(ms(5))
        .grace(ms(1000))
        .await;
        assert_eq!(began.elapsed(), ms(10));
        assert!(ended.is_ok(), "{ended:?}");
    }
}
