//! Deadlines: in time is a value, late names the group, a value that exists is delivered.

use std::{cell::Cell, future::pending};

use taskgroup::{Cause, Stopped, cancelled, deadline, group};
use taskgroup_tests::*;
use tokio::time::{Instant, sleep};

every_kind_in_virtual_time! {
    async fn in_time_is_the_value() {
        let ended = crowd!(a = after(10, Ok::<_, Fail>(1)), b = after(19, Ok(2))).timeout(ms(20)).await;
        assert_eq!(text(ended), "ok (1, 2)");
    }

    async fn late_is_a_timeout_that_names_the_group() {
        let started = Instant::now();
        let ended = crowd!(a = after(10, Ok::<_, Fail>(1)), b = after(30, Ok(2))).timeout(ms(20)).name("import").await;
        assert_eq!(text(ended), "err cancelled: `import` timed out");
        assert_eq!(started.elapsed(), ms(20));
    }

    async fn all_children_finish_ok_during_the_grace_and_the_value_is_delivered() {
        let ended = crowd!(
            a = async { cancelled().await; after(5, Ok::<_, Fail>(1)).await },
            b = after(25, Ok(2)),
        )
        .timeout(ms(20))
        .grace(ms(10))
        .await;
        assert_eq!(text(ended), "ok (1, 2)");
    }

    async fn the_grace_has_an_end() {
        let started = Instant::now();
        let dropped = Flag::new();
        let flag = dropped.on_drop();
        let ended = crowd!(stays = forever::<_, Result<(), Fail>>(flag)).timeout(ms(20)).grace(ms(10)).name("g").await;
        assert_eq!(text(ended), "err cancelled: `g` timed out");
        assert_eq!(started.elapsed(), ms(30));
        assert!(dropped.is_set());
    }

    async fn of_nested_deadlines_the_nearer_counts() {
        for (outer, inner, cause) in [(10, 20, "`outer` timed out"), (20, 10, "`inner` timed out")] {
            let trail = Trail::new();
            let words = trail.clone();
            let started = Instant::now();
            let ended = crowd!(
                nested = async move {
                    let ends = deadline().expect("there are two");
                    assert_eq!(ends - Instant::now(), ms(outer));
                    let also = words.clone();
                    crowd!(child = async move {
                        let ends = deadline().expect("there are two");
                        assert_eq!(ends - Instant::now(), ms(10));
                        also.say(cancelled().await.cause().to_string());
                        pending::<Result<(), Fail>>().await
                    })
                    .timeout(ms(inner))
                    .name("inner")
                    .await
                },
            )
            .timeout(ms(outer))
            .name("outer")
            .await;
            assert!(ended.is_err());
            assert_eq!(trail.read(), [cause]);
            assert_eq!(started.elapsed(), ms(10));
        }
    }

    async fn cancelled_before_the_deadline_is_no_timeout() {
        let ended = crowd!(a = pending::<Result<(), Fail>>()).cancel_on(sleep(ms(5))).timeout(ms(20)).name("g").await;
        assert_eq!(text(ended), "err cancelled: `g` was asked to stop");
    }

    async fn settling_keeps_what_is_done_and_marks_the_rest() {
        let (done, answers, stopped) = crowd!(
            done = after(5, Ok::<_, Fail>(1)),
            answers = async { cancelled().await; Err::<(), _>(Fail::Own("answer")) },
            stopped = pending::<Result<(), Fail>>(),
        )
        .settle()
        .timeout(ms(10))
        .name("g")
        .await;
        assert_eq!(settled(&done), "done 1");
        assert_eq!(settled(&answers), "cancelled `g` timed out, late answer");
        assert_eq!(settled(&stopped), "cancelled `g` timed out");
    }

    async fn an_outcome_says_that_it_timed_out_without_a_from() {
        let ended = crowd!(a = pending::<Result<(), &str>>()).outcome().timeout(ms(10)).name("g").await;
        match ended {
            Err(Stopped::Cancelled(why)) => assert!(matches!(why.cause(), Cause::TimedOut { group } if *group == "g")),
            other => panic!("{other:?}"),
        }
    }

    async fn the_error_of_a_child_after_the_deadline_is_the_outcome() {
        let ended = crowd!(a = async { cancelled().await; Err::<(), _>(Fail::Own("own")) }).timeout(ms(10)).await;
        assert_eq!(text(ended), "err own");
    }
}

virtual_time! {
    async fn already_past_no_child_is_polled() {
        let polled = Cell::new(false);
        let past = Instant::now();
        sleep(ms(5)).await;
        let ended = group!(
            a = async { polled.set(true); Ok::<_, Fail>(1) },
            xs = for _ in 0..3 { async { polled.set(true); Ok(1) } },
            #[daemon] d = async { polled.set(true); Ok(()) },
        )
        .deadline(past)
        .name("g")
        .await;
        assert_eq!(text(ended), "err cancelled: `g` timed out");
        let ended = group!(a = async { polled.set(true); Ok::<_, Fail>(1) }).timeout(ms(0)).name("g").await;
        assert_eq!(text(ended), "err cancelled: `g` timed out");
        assert!(!polled.get());
    }

    async fn of_several_the_nearest_counts() {
        for nearest in 0..3 {
            let at = |n: u64| if n == nearest { 10 } else { 50 };
            let started = Instant::now();
            let ended = group!(a = pending::<Result<(), Fail>>())
                .timeout(ms(at(0)))
                .deadline(started + ms(at(1)))
                .timeout(ms(at(2)))
                .await;
            assert!(ended.is_err());
            assert_eq!(started.elapsed(), ms(10));
        }
    }

    async fn a_timeout_counts_from_the_first_poll() {
        let group = group!(a = after(10, Ok::<_, Fail>(1))).timeout(ms(20));
        sleep(ms(100)).await;
        assert_eq!(text(group.await), "ok 1");
    }

    async fn a_timeout_beyond_what_a_clock_can_say_is_none() {
        let ended = group!(a = after(10, Ok::<_, Fail>(1))).timeout(std::time::Duration::MAX).await;
        assert_eq!(text(ended), "ok 1");
    }

    async fn a_value_that_is_ready_when_the_deadline_falls_due_is_delivered() {
        // Later polls: children first, then deadlines.
        let ended = group!(a = after(20, Ok::<_, Fail>(1))).timeout(ms(20)).await;
        assert_eq!(text(ended), "ok 1");
    }

    async fn without_a_group_or_an_option_there_is_no_deadline() {
        assert!(deadline().is_none());
        let ended = group!(a = async { Ok::<_, ()>(deadline().is_none()) }).await;
        assert_eq!(ended, Ok(true));
    }

    async fn a_deadline_fires_though_children_are_always_ready_to_go_on() {
        let ended = group!(
            xs = for _ in 0_u64.. { async { tokio::time::advance(ms(1)).await; Ok::<_, Fail>(()) } },
        )
        .timeout(ms(20))
        .name("g")
        .await;
        assert_eq!(text(ended), "err cancelled: `g` timed out");
    }
}

#[test]
fn an_endless_source_of_ready_children_does_not_hold_up_a_timer() {
    // In real time: the clock goes on by itself.
    on_many_threads(Box::pin(async {
        let ended = group!(
            xs = for _ in 0_u64.. {
                async { Ok::<_, Fail>(()) }
            }
        )
        .timeout(ms(50))
        .name("g")
        .await;
        assert_eq!(text(ended), "err cancelled: `g` timed out");
    }));
}
