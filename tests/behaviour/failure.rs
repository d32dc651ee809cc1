//! Failure: the first one decides.

use std::sync::{Arc, Mutex};

use taskgroup::{Cause, Failure, cancelled, cause, child_token, group, is_cancelled, or_cancelled};
use taskgroup_tests::*;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

type Kept = Arc<Mutex<Option<CancellationToken>>>;

fn keep_token(kept: &Kept) {
    *kept.lock().expect("no panic") = Some(child_token());
}

fn is_cancelled_now(kept: &Kept) -> bool {
    kept.lock().expect("no panic").as_ref().is_some_and(CancellationToken::is_cancelled)
}

on_both_runtimes! {
    async fn a_for_over_none_ok_err_and_both_gives_ok_ok_err_err_and_cancels_its_token() {
        let cases: [(&[Result<i32, &str>], _); 4] = [
            (&[], Ok(vec![])),
            (&[Ok(1)], Ok(vec![1])),
            (&[Err("e")], Err("e")),
            (&[Err("e"), Ok(1)], Err("e")),
        ];
        for (items, expected) in cases {
            let kept = Kept::default();
            let ended = group!(
                token = async { keep_token(&kept); assert!(!is_cancelled()); Ok(()) },
                xs = for item in items { async { yields(1).await; *item } },
            )
            .await;
            assert_eq!(ended.map(|(_, xs)| xs), expected);
            assert!(is_cancelled_now(&kept), "inline {items:?}");

            let kept = Kept::default();
            let ended = group!(
                token = async { keep_token(&kept); Ok(()) },
                #[spawn] xs = for item in items { async move { yields(1).await; *item } },
            )
            .await;
            assert_eq!(ended.map(|(_, xs)| xs), expected);
            assert!(is_cancelled_now(&kept), "spawned {items:?}");
        }
    }

    async fn a_blocking_child_that_fails_stops_the_others_and_is_the_outcome() {
        let saw = Trail::new();
        let ended = group!(
            waits = async { saw.say(cancelled().await.cause().to_string()); Ok(()) },
            #[blocking] fails = || Err::<(), _>("boom"),
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(saw.read(), ["`fails` failed"]);
    }

    async fn inline_children_are_dropped_in_written_order() {
        let trail = Trail::new();
        let ended = group!(
            a = forever::<_, Result<(), &str>>(trail.last_words("a")),
            b = forever::<_, Result<(), &str>>(trail.last_words("b")),
            fails = async { yields(1).await; Err::<(), _>("boom") },
            c = forever::<_, Result<(), &str>>(trail.last_words("c")),
            d = for n in 0..3 { forever::<_, Result<(), &str>>(trail.last_words(format!("d{n}"))) },
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(trail.read(), ["a", "b", "c", "d0", "d1", "d2"]);
    }

    async fn every_running_child_gets_one_more_poll_if_only_one_of_them_has_looked() {
        // `counts` never looks at the token; it is polled once more because its sibling did.
        let polls = std::cell::Cell::new(0);
        let seen = std::cell::Cell::new(0);
        let ended = group!(
            counts = std::future::poll_fn(|_| {
                polls.set(polls.get() + 1);
                std::task::Poll::<Result<(), &str>>::Pending
            }),
            looks = async { is_cancelled(); std::future::pending::<Result<(), &str>>().await },
            fails = async { yields(1).await; seen.set(polls.get()); Err::<(), _>("boom") },
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(polls.get(), seen.get() + 1);
    }

    async fn every_running_child_gets_one_more_poll_if_one_of_them_runs_a_group() {
        let (trail, wakes) = (Trail::new(), Notify::new());
        let ended = group!(
            runs = async { group!(waits = async { wakes.notified().await; trail.say("woken"); Ok(()) }).await },
            fails = async { wakes.notify_one(); Err::<(), _>(Fail::Own("boom")) },
        )
        .await;
        assert_eq!(text(ended), "err boom");
        assert_eq!(trail.read(), ["woken"]);
    }

    async fn a_child_that_is_queued_behind_a_limit_never_starts_after_a_failure() {
        let started = Alive::new();
        let ended = group!(
            fails = async { yields(2).await; Err::<(), _>("boom") },
            queued = async { let _here = started.enter(); Ok(()) },
            #[spawn] also = { let started = started.clone(); async move { let _here = started.enter(); Ok(()) } },
            pages = for _ in 0..3 { async { let _here = started.enter(); Ok(()) } },
        )
        .limit(1)
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(started.ever(), 0);
    }

    async fn a_panic_outranks_an_error_that_came_before_it() {
        let late = Trail::new();
        let text = panic_of(
            group!(
                cleans = async { cancelled().await; panic!("worse") as Result<(), &str> },
                fails = async { yields(1).await; Err::<(), _>("boom") },
            )
            .on_late_error(|child, error| late.say(format!("{child}: {error}")))
            .into_future(),
        )
        .await;
        assert_eq!(text, "worse");
        assert_eq!(late.read(), ["fails: boom"]);
    }
}

every_kind! {
    async fn the_answer_to_a_cancellation_never_replaces_the_first_error() {
        for run in 0..10_000 {
            let ended = crowd!(
                second = async { cancelled().await; Err::<(), _>("second") },
                first = async move { yields(run % 3).await; Err::<(), _>("first") },
            )
            .await;
            assert_eq!(ended.err(), Some("first"), "run {run}");
        }
    }

    async fn one_ok_and_one_failing_child_are_always_an_error() {
        for run in 0..1_000 {
            let ended = crowd!(
                good = async move { yields(run % 2).await; Ok(1) },
                bad = async move { yields(run % 3).await; Err::<(), _>("bad") },
            )
            .await;
            assert_eq!(ended.err(), Some("bad"), "run {run}");
        }
    }

    async fn a_failure_is_seen_by_the_siblings_with_the_name_of_the_child() {
        let (saw, ready) = (Trail::new(), Ready::new());
        let (one, two) = ((saw.clone(), ready.clone()), (saw.clone(), ready.clone()));
        let both = ready.reach(2);
        let ended = crowd!(
            a = async move { one.1.tick(); one.0.say(cancelled().await.cause().to_string()); Ok(()) },
            b = async move {
                two.1.tick();
                let why = or_cancelled(std::future::pending::<()>()).await.expect_err("nothing else ends it");
                assert!(is_cancelled());
                assert_eq!(cause().as_ref(), Some(why.cause()));
                two.0.say(why.cause().to_string());
                Ok(())
            },
            broken = async move { both.await; Err::<(), _>("boom") },
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(saw.read(), ["`broken` failed", "`broken` failed"]);
    }

    async fn the_item_of_a_for_is_named_by_its_number() {
        let (saw, ready) = (Trail::new(), Ready::new());
        let words = saw.clone();
        let ended = crowd_for!(pages = n in (0..4) {
            let (words, ready, three) = (words.clone(), ready.clone(), ready.reach(3));
            async move {
                if n == 2 {
                    three.await;
                    return Err("boom");
                }
                ready.tick();
                let why = cancelled().await;
                assert!(matches!(why.cause(), Cause::Failed { child } if *child == "pages[2]"));
                words.say(why.cause().to_string());
                Ok(n)
            }
        })
        .await;
        assert_eq!(ended, Err("boom"));
        assert_eq!(saw.read(), vec!["`pages[2]` failed"; 3]);
    }

    async fn an_error_during_the_clean_up_is_late_and_is_reported_once() {
        let (late, ready) = (Trail::new(), Ready::new());
        let begun = ready.reach(1);
        let ended = crowd!(
            cleans = async move { ready.tick(); cancelled().await; Err::<(), _>("while cleaning up") },
            fails = async { begun.await; Err::<(), _>("first") },
        )
        .on_late_error(|child, error| late.say(format!("{child}: {error}")))
        .await;
        assert_eq!(ended.err(), Some("first"));
        assert_eq!(late.read(), ["cleans: while cleaning up"]);
    }

    async fn collecting_cancels_no_other_and_reports_every_failure_with_its_child() {
        let saw = Trail::new();
        let words = saw.clone();
        let failures = crowd!(
            a = async { Err::<(), _>("a's") },
            b = async { yields(3).await; Err::<(), _>("b's") },
            good = async move {
                yields(10).await;
                words.say(format!("{}", is_cancelled()));
                Ok(1)
            },
        )
        .collect_errors()
        .await
        .expect_err("two failed");
        assert!(failures.cancelled().is_none());
        let listed: Vec<_> = failures
            .into_iter()
            .map(|(child, failure)| match failure {
                Failure::Failed(error) => (child.to_string(), error),
                Failure::Panicked(panicked) => panic!("{panicked}"),
            })
            .collect();
        assert_eq!(listed, [("a".to_owned(), "a's"), ("b".to_owned(), "b's")]);
        assert_eq!(saw.read(), ["false"]);
    }

    async fn collecting_keeps_every_value_if_no_child_fails() {
        let ended = crowd!(a = async { Ok::<_, &str>(1) }, b = async { yields(2).await; Ok("two") })
            .collect_errors()
            .await;
        assert_eq!(ended.expect("nobody failed"), (1, "two"));
    }

    async fn an_option_cancels_and_then_a_child_fails_the_error_of_the_child_wins() {
        let ready = Ready::new();
        let begun = ready.reach(1);
        let ended = crowd!(
            answers = async move { ready.tick(); cancelled().await; Err::<(), _>(Fail::Own("own")) },
            other = async { cancelled().await; Ok(()) },
        )
        .cancel_on(begun)
        .await;
        assert_eq!(text(ended), "err own");
    }

    async fn after_the_await_all_children_have_stopped() {
        let alive = Alive::new();
        let (a, b) = (alive.enter(), alive.enter());
        let ended = crowd!(
            a = forever::<_, Result<(), &str>>(a),
            b = forever::<_, Result<(), &str>>(b),
            fails = async { yields(1).await; Err::<(), _>("boom") },
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(alive.now(), 0);
    }
}

every_kind_in_virtual_time! {
    async fn cancelled_children_are_not_among_the_failures() {
        let late = Trail::new();
        let failures = crowd!(
            fails = async { Err::<(), _>(Fail::Own("early")) },
            answers = async { cancelled().await; Err::<(), _>(Fail::Own("answer")) },
            stays = forever::<_, Result<(), Fail>>(()),
        )
        .collect_errors()
        .cancel_on(tokio::time::sleep(ms(5)))
        .name("g")
        .on_late_error(|child, error| late.say(format!("{child}: {error}")))
        .await
        .expect_err("one failed");
        assert_eq!(failures.cancelled().map(|c| c.cause().to_string()), Some("`g` was asked to stop".to_owned()));
        assert_eq!(failures.to_string(), "`fails`: early\ncancelled: `g` was asked to stop; unfinished: `answers`, `stays`");
        assert_eq!(late.read(), ["answers: answer"]);
    }
}
