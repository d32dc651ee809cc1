//! Cancellation is a level, visible to all descendants, and its cause is final.

use std::{cell::Cell, future::pending, future::poll_fn};

use taskgroup::{Cause, Settled, cancelled, cause, checkpoint, group, is_cancelled, or_cancelled};
use taskgroup_tests::*;

async fn say_cause((trail, ready): (Trail, Ready), name: &str) {
    ready.tick();
    trail.say(format!("{name}: {}", cancelled().await.cause()));
}

virtual_time! {
    async fn a_second_cancel_during_the_clean_up_skips_no_step() {
        let trail = Trail::new();
        let ended = group!(
            inner = async {
                group!(
                    cleans = async {
                        cancelled().await;
                        trail.say("one");
                        tokio::time::sleep(ms(50)).await; // the group around is cancelled in between
                        trail.say(format!("two, {}", is_cancelled()));
                        tokio::time::sleep(ms(10)).await;
                        trail.say("three");
                        Ok::<_, Fail>(())
                    },
                )
                .timeout(ms(10))
                .grace(ms(1_000))
                .await
            },
            fails = after(30, Err::<(), _>(Fail::Own("boom"))),
        )
        .grace(ms(1_000))
        .await;
        assert_eq!(text(ended), "err boom");
        assert_eq!(trail.read(), ["one", "two, true", "three"]);
    }

    async fn the_line_after_a_cancelled_await_never_runs() {
        let trail = Trail::new();
        let ended = group!(
            waits = async {
                let _words = trail.last_words("dropped");
                tokio::time::sleep(ms(1_000)).await;
                trail.say("never");
                Ok(())
            },
            fails = after(1, Err::<(), _>("boom")),
        )
        .await;
        assert!(ended.is_err());
        tokio::time::sleep(ms(10_000)).await;
        assert_eq!(trail.read(), ["dropped"]);
    }

    async fn the_first_cause_is_final_whichever_comes_first() {
        for (request, deadline, expected) in [
            (10, 20, "`g` was asked to stop"),
            (20, 10, "`g` timed out"),
        ] {
            let trail = Trail::new();
            let ended = group!(
                child = async {
                    let first = cancelled().await;
                    trail.say(first.cause().to_string());
                    tokio::time::sleep(ms(100)).await;
                    trail.say(cause().expect("it was cancelled").to_string());
                    pending::<Result<(), Fail>>().await
                },
            )
            .cancel_on(tokio::time::sleep(ms(request)))
            .timeout(ms(deadline))
            .grace(ms(500))
            .name("g")
            .await;
            assert_eq!(text(ended), format!("err cancelled: {expected}"));
            assert_eq!(trail.read(), [expected, expected]);
        }
    }

    async fn waiting_in_grace_does_not_busy_loop() {
        let polls = Cell::new(0);
        let mut group = std::pin::pin!(group!(
            cleans = async { cancelled().await; after(500, Ok::<_, &str>(())).await },
            xs = for _ in 0..2 { async { cancelled().await; after(400, Ok::<_, &str>(())).await } },
            #[spawn] spawned = async { cancelled().await; after(300, Ok::<_, &str>(())).await },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(1_000))
        .into_future());
        let ended = poll_fn(|cx| {
            polls.set(polls.get() + 1);
            group.as_mut().poll(cx)
        })
        .await;
        assert!(ended.is_err());
        assert!(polls.get() < 12, "{} polls for five events", polls.get());
    }

    async fn a_queued_child_is_reported_as_never_started_apart_from_failed_and_cancelled() {
        let started = Alive::new();
        let (done, failed, stopped, queued, pages) = group!(
            done = after(1, Ok::<_, Fail>(1)),
            failed = after(2, Err::<(), _>(Fail::Own("own"))),
            stopped = pending::<Result<(), Fail>>(),
            queued = async { let _here = started.enter(); pending::<Result<(), Fail>>().await },
            pages = for n in 0..3 { async move { Ok::<_, Fail>(n) } },
        )
        .settle()
        .limit(1)
        .timeout(ms(10))
        .name("g")
        .await;
        assert_eq!(settled(&done), "done 1");
        assert_eq!(settled(&failed), "failed own");
        assert_eq!(settled(&stopped), "cancelled `g` timed out");
        assert!(queued.is_never_started());
        assert_eq!(pages.iter().map(settled).collect::<Vec<_>>(), ["never started"; 3]);
        assert_eq!(started.ever(), 0);
        let tally = Settled::tally(&pages);
        assert_eq!((tally.done, tally.never_started), (0, 3));
    }

    async fn a_group_that_can_say_so_starts_no_child_once_an_enclosing_group_is_cancelled() {
        let trail = Trail::new();
        let ended = group!(
            nested = async {
                let inner = group!(
                    runs = async { trail.say("ran"); after(50, Ok::<_, &str>(())).await },
                    queued = async { trail.say("never"); Ok(()) },
                )
                .outcome()
                .limit(1)
                .await;
                trail.say(text(inner));
                Ok(())
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(100))
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(trail.read()[1..], ["err cancelled: `fails` failed"]);
    }

    async fn a_group_that_cannot_say_so_goes_on_and_its_later_children_see_it_at_once() {
        let trail = Trail::new();
        let ended = group!(
            nested = async {
                let inner = group!(
                    runs = after(50, Ok::<_, &str>(1)),
                    queued = async { trail.say(format!("{}", is_cancelled())); Ok(2) },
                )
                .limit(1)
                .await;
                trail.say(format!("{inner:?}"));
                Ok(())
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(100))
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(trail.read(), ["true", "Ok((1, 2))"]);
    }

    async fn cancelled_from_outside_the_first_error_of_a_child_is_the_outcome() {
        let trail = Trail::new();
        let ended = group!(
            nested = async {
                let inner = group!(
                    a = async { cancelled().await; after(20, Err::<(), _>("a's")).await },
                    b = async { cancelled().await; after(10, Err::<(), _>("b's")).await },
                )
                .outcome()
                .await;
                trail.say(text(inner));
                Ok(())
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(100))
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(trail.read(), ["err b's"]);
    }

    async fn cancelled_from_outside_all_ok_is_ok() {
        let trail = Trail::new();
        let ended = group!(
            nested = async {
                let inner = group!(
                    a = async { cancelled().await; after(20, Ok::<_, &str>(1)).await },
                    b = async { cancelled().await; Ok(2) },
                )
                .outcome()
                .await;
                trail.say(text(inner));
                Ok(())
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(100))
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(trail.read(), ["ok (1, 2)"]);
    }

    async fn the_grace_of_the_enclosing_group_governs() {
        let trail = Trail::new();
        let started = tokio::time::Instant::now();
        let ended = group!(
            nested = async {
                group!(
                    stays = async { let _words = trail.last_words("dropped"); pending::<Result<(), &str>>().await },
                )
                .grace(ms(5)) // its own, for its own failures
                .await
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(100))
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(started.elapsed(), ms(110));
        assert_eq!(trail.read(), ["dropped"]);
    }
}

every_kind! {
    async fn who_ignores_a_cancellation_once_sees_it_again() {
        let (trail, ready) = (Trail::new(), Ready::new());
        let (words, begun) = (trail.clone(), ready.reach(1));
        let ended = crowd!(
            stubborn = async move {
                ready.tick();
                cancelled().await;
                assert!(checkpoint().is_err());
                words.say("once");
                cancelled().await;
                assert!(checkpoint().is_err());
                assert!(or_cancelled(pending::<()>()).await.is_err());
                words.say("twice");
                Ok(())
            },
            fails = async { begun.await; Err::<(), _>("boom") },
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(trail.read(), ["once", "twice"]);
    }

    async fn one_cancel_reaches_the_grandchildren_of_two_nested_groups() {
        let (trail, ready) = (Trail::new(), Ready::new());
        let three_there = ready.reach(3);
        let (one, two, three) = ((trail.clone(), ready.clone()), (trail.clone(), ready.clone()), (trail.clone(), ready));
        let ended = crowd!(
            left = async move {
                crowd!(
                    a = async move { say_cause(one, "a").await; Ok::<_, &str>(()) },
                    b = async move { say_cause(two, "b").await; Ok(()) },
                )
                .await
                .map(drop)
            },
            right = async move {
                crowd!(
                    deep = async move {
                        crowd!(c = async move { say_cause(three, "c").await; Ok::<_, &str>(()) })
                            .await
                    },
                )
                .await
            },
            fails = async { three_there.await; Err::<(), _>("boom") },
        )
        .grace(ms(10_000))
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(trail.sorted(), ["a: `fails` failed", "b: `fails` failed", "c: `fails` failed"]);
    }

    async fn a_failure_inside_a_nested_group_cancels_no_other_outside_it() {
        let ended = crowd!(
            nested = async {
                let inner = crowd!(
                    waits = async { cancelled().await; Ok(()) },
                    fails = async { yields(1).await; Err::<(), _>("inner") },
                )
                .await;
                assert_eq!(inner.err(), Some("inner"));
                assert!(!is_cancelled());
                Ok::<_, &str>(1)
            },
            sibling = async { yields(20).await; assert!(!is_cancelled()); Ok(2) },
        )
        .await;
        assert_eq!(ended, Ok((1, 2)));
    }

    async fn a_group_that_is_opened_inside_a_cancelled_one_starts_cancelled() {
        let (trail, ready) = (Trail::new(), Ready::new());
        let (words, begun) = (trail.clone(), ready.reach(1));
        let ended = crowd!(
            late = async move {
                ready.tick();
                cancelled().await;
                let (one, two) = (words.clone(), words.clone());
                let inner = crowd!(child = async move { one.say(format!("{}", is_cancelled())); Ok::<_, &str>(()) }).await;
                words.say(format!("{inner:?}"));
                // One that can say so does not even begin.
                let inner = crowd!(child = async move { two.say("never"); Ok::<_, &str>(()) }).outcome().await;
                words.say(text(inner));
                Ok(())
            },
            fails = async { begun.await; Err::<(), _>("boom") },
        )
        .grace(ms(10_000))
        .await;
        assert!(ended.is_err());
        assert_eq!(trail.read(), ["true", "Ok(())", "err cancelled: `fails` failed"]);
    }

    async fn requested_names_the_group() {
        let ended = crowd!(child = async {
            let why = cancelled().await;
            assert!(matches!(why.cause(), Cause::Requested { group } if *group == "import"));
            pending::<Result<(), Fail>>().await
        })
        .cancel_on(yields(3))
        .name("import")
        .await;
        assert_eq!(text(ended), "err cancelled: `import` was asked to stop");
    }

    async fn a_group_without_a_name_is_called_by_its_line() {
        let line = line!() + 1;
        let ended = group!(child = pending::<Result<(), Fail>>()).cancel_on(yields(1)).await;
        assert_eq!(text(ended), format!("err cancelled: `{}:{line}` was asked to stop", file!()));
    }

    async fn after_a_cancellation_all_ok_is_ok() {
        let ready = Ready::new();
        let both = ready.reach(2);
        let also = ready.clone();
        let ended = crowd!(
            a = async move { ready.tick(); cancelled().await; Ok::<_, Fail>(1) },
            b = async move { also.tick(); Ok(2) },
        )
        .cancel_on(both)
        .await;
        assert_eq!(text(ended), "ok (1, 2)");
    }
}
