//! Policies: what the ends of the children mean.

use std::{error::Error, future::pending};

use taskgroup::{Failure, Settled, Stopped, cancelled, group};
use taskgroup_tests::*;

every_kind_in_virtual_time! {
    async fn the_first_ok_of_a_race_beats_an_earlier_error_and_a_later_ok() {
        let trail = Trail::new();
        let words = trail.clone();
        let started = tokio::time::Instant::now();
        let ended = crowd!(
            fails = after(200, Err::<i32, _>("no")),
            slow = async move { tokio::time::sleep(ms(1_000)).await; words.say("tail"); Ok(1_000) },
            wins = after(500, Ok::<_, &str>(500)),
        )
        .race()
        .await;
        assert_eq!(ended.expect("one wins"), 500);
        assert_eq!(started.elapsed(), ms(500));
        tokio::time::sleep(ms(2_000)).await;
        assert!(trail.read().is_empty());
    }

    async fn all_fail_and_a_race_returns_every_error() {
        let failures = crowd!(
            a = after(20, Err::<i32, _>("a's")),
            b = after(10, Err::<i32, _>("b's")),
        )
        .race()
        .await
        .expect_err("all failed");
        assert!(failures.cancelled().is_none());
        assert_eq!(failures.len(), 2);
        assert_eq!(failures.to_string(), "`a`: a's\n`b`: b's");
    }

    async fn the_items_of_a_for_compete_too() {
        let ended = crowd_for!(xs = n in ([30_u64, 10, 20]) {
            async move {
                after(n, Ok::<_, &str>(n)).await
            }
        })
        .race()
        .await;
        assert_eq!(ended.expect("the second wins"), 10);
        let failures = crowd_for!(xs = n in ([30_u64, 10]) {
            async move {
                after(n, Err::<u64, _>("no")).await
            }
        })
        .race()
        .await
        .expect_err("all failed");
        assert_eq!(failures.to_string(), "`xs[0]`: no\n`xs[1]`: no");
    }

    async fn nothing_to_race_is_an_error() {
        let failures = crowd_for!(xs = _n in (0..0) { pending::<Result<i32, &str>>() }).race().await.expect_err("nobody");
        assert!(failures.is_empty() && failures.cancelled().is_none());
        assert!(!failures.to_string().is_empty());
    }

    async fn a_race_that_is_cancelled_before_one_won_says_so() {
        let failures = crowd!(
            fails = after(5, Err::<i32, _>("no")),
            slow = pending::<Result<i32, &str>>(),
        )
        .race()
        .timeout(ms(10))
        .name("g")
        .await
        .expect_err("nobody won");
        assert_eq!(failures.cancelled().map(|why| why.cause().to_string()), Some("`g` timed out".to_owned()));
        assert_eq!(failures.to_string(), "`fails`: no\ncancelled: `g` timed out; unfinished: `slow`");
    }

    async fn a_race_that_is_won_after_the_deadline_is_won() {
        let ended = crowd!(
            answers = async { cancelled().await; Ok::<_, &str>(7) },
            slow = pending::<Result<i32, &str>>(),
        )
        .race()
        .timeout(ms(10))
        .await;
        assert_eq!(ended.expect("one answered"), 7);
    }

    async fn losers_are_stopped_before_the_race_returns_and_their_errors_are_late() {
        let (alive, late) = (Alive::new(), Trail::new());
        let here = alive.enter();
        let ended = crowd!(
            wins = after(10, Ok::<_, &str>(1)),
            stays = forever::<_, Result<i32, &str>>(here),
            answers = async {
                let why = cancelled().await;
                assert_eq!(why.cause().to_string(), "`g` had finished");
                Err("lost")
            },
        )
        .race()
        .name("g")
        .on_late_error(|child, error| late.say(format!("{child}: {error}")))
        .await;
        assert_eq!((ended.expect("one wins"), alive.now()), (1, 0));
        assert_eq!(late.read(), ["answers: lost"]);
    }

    async fn a_loser_that_finished_at_the_same_moment_has_its_value_dropped() {
        let alive = Alive::new();
        let (a, b) = (alive.enter(), alive.enter());
        let winner = crowd!(
            a = async move { tokio::time::sleep(ms(10)).await; Ok::<_, &str>(a) },
            b = async move { tokio::time::sleep(ms(10)).await; Ok(b) },
        )
        .race()
        .await;
        assert!(winner.is_ok());
        assert_eq!(alive.now(), 1);
        drop(winner);
        assert_eq!(alive.now(), 0);
    }

    async fn settling_runs_every_child_to_its_end() {
        let (a, b, c) = crowd!(
            a = after(5, Err::<(), _>("a's")),
            b = after(10, Ok::<_, &str>(2)),
            c = async { assert!(!taskgroup::is_cancelled()); after(20, Ok::<_, &str>("three")).await },
        )
        .settle()
        .await;
        assert_eq!((settled(&a), settled(&b), settled(&c)), ("failed a's".into(), "done 2".into(), "done \"three\"".into()));
    }

    async fn settling_a_for_gives_one_entry_for_each_item_in_input_order() {
        let xs = crowd_for!(xs = n in (0..4_u64) {
            async move {
                tokio::time::sleep(ms(10 - n)).await;
                if n % 2 == 0 { Ok(n) } else { Err("odd") }
            }
        })
        .settle()
        .await;
        assert_eq!(xs.iter().map(settled).collect::<Vec<_>>(), ["done 0", "failed odd", "done 2", "failed odd"]);
        let tally = Settled::tally(&xs);
        assert_eq!((tally.done, tally.failed), (2, 2));
    }

    async fn settling_a_for_of_known_length_accounts_for_what_was_not_pulled() {
        let xs = crowd_for!(xs = n in (0..5_u64) {
            async move {
                if n == 0 { Ok(n) } else { pending::<Result<u64, &str>>().await }
            }
        })
        .settle()
        .limit(2)
        .timeout(ms(10))
        .name("g")
        .await;
        assert_eq!(
            xs.iter().map(settled).collect::<Vec<_>>(),
            ["done 0", "cancelled `g` timed out", "cancelled `g` timed out", "never started", "never started"]
        );
    }

    async fn every_option_goes_with_every_policy() {
        // All of them, on groups that succeed: none changes what the others mean.
        macro_rules! with_all { ($group:expr) => {
            $group.limit(1).timeout(ms(100)).deadline(tokio::time::Instant::now() + ms(100)).cancel_on(pending::<()>())
                .drain_on(pending::<()>()).drain_timeout(ms(100)).grace(ms(10)).catch_panics().on_late_error(|_, _| {}).name("g").await
        } }
        macro_rules! two { () => { crowd!(a = after(1, Ok::<_, Fail>(1)), b = after(2, Ok::<_, Fail>(2))) } }
        assert_eq!(text(with_all!(two!())), "ok (1, 2)");
        assert_eq!(text(with_all!(two!().outcome())), "ok (1, 2)");
        assert_eq!(text(with_all!(two!().collect_errors())), "ok (1, 2)");
        assert_eq!(text(with_all!(two!().race())), "ok 1");
        let (a, b) = with_all!(two!().settle());
        assert_eq!((settled(&a), settled(&b)), ("done 1".into(), "done 2".into()));
    }

    async fn a_panic_under_catch_panics_in_every_policy() {
        macro_rules! two { () => { crowd!(
            broken = async { std::panic::panic_any("boom") as Result<i32, Fail> },
            other = after(5, Ok::<i32, Fail>(1)),
        ).catch_panics() } }
        assert_eq!(text(two!().await), "err `broken` panicked: boom");
        macro_rules! with { ($policy:ident) => { crowd!(
            broken = async { std::panic::panic_any("boom") as Result<i32, Fail> },
            other = after(5, Ok::<i32, Fail>(1)),
        ).$policy().catch_panics().await } }
        assert!(matches!(with!(outcome), Err(Stopped::Panicked(panicked)) if panicked.message() == "boom"));
        assert_eq!(text(with!(collect_errors)), "err `broken`: panicked: boom");
        let failures = with!(race).expect_err("a panic ends a race");
        assert!(failures.iter().any(|(child, failure)| *child == "broken" && matches!(failure, Failure::Panicked(_))));
        let (broken, other) = with!(settle);
        assert_eq!((settled(&broken), settled(&other)), ("panicked boom".into(), "done 1".into()));
    }
}

virtual_time! {
    async fn a_cancelled_race_without_any_failure_is_an_error_all_the_same() {
        let failures = group!(a = pending::<Result<i32, &str>>()).race().cancel_on(async {}).await.expect_err("nobody won");
        assert!(failures.is_empty() && failures.cancelled().is_some());
    }

    async fn missing_slots_are_an_error_of_collecting_though_no_child_failed() {
        let failures =
            group!(a = pending::<Result<i32, &str>>()).collect_errors().timeout(ms(5)).name("g").await.expect_err("no value");
        assert!(failures.is_empty());
        assert_eq!(failures.to_string(), "cancelled: `g` timed out; unfinished: `a`");
        // The text is there already.
        assert!(failures.source().is_none());
    }

    async fn collecting_past_a_deadline_with_every_value_is_ok() {
        let ended = group!(a = async { cancelled().await; Ok::<_, &str>(1) }).collect_errors().timeout(ms(5)).await;
        assert_eq!(ended.expect("every value is there"), 1);
    }

    async fn settled_says_what_it_is_and_converts() {
        let (done, failed, never) = group!(
            done = async { Ok::<_, &str>(1) },
            failed = async { Err::<i32, _>("no") },
            never = pending::<Result<i32, &str>>(),
        )
        .settle()
        .cancel_on(after(5, ()))
        .await;
        assert!(done.is_done() && failed.is_failed() && never.is_cancelled());
        assert_eq!(done.as_done(), Some(&1));
        assert!(matches!(done.into_result(), Ok(1)));
        assert!(matches!(failed.into_result(), Err(Some(Stopped::Failed { error: "no", .. }))));
        assert!(matches!(never.into_result(), Err(Some(Stopped::Cancelled(_)))));
    }

    async fn errors_are_errors_and_travel() {
        fn is_error<E: Error + Send + Sync + 'static>(_: &E) {}
        let timed_out = group!(a = pending::<Result<(), Fail>>()).timeout(ms(1)).await.expect_err("it times out");
        let Fail::Cancelled(why) = timed_out else { panic!("{timed_out}") };
        is_error(&why);
        assert_eq!(std::io::Error::from(why.clone()).kind(), std::io::ErrorKind::TimedOut);
        let boxed: Box<dyn Error + Send + Sync> = why.into();
        assert!(boxed.to_string().ends_with("timed out; unfinished: `a`"));
        let panicked = group!(a = async { panic!("boom") as Result<(), Fail> }).catch_panics().await.expect_err("it panics");
        let Fail::Panicked(panicked) = panicked else { panic!("{panicked}") };
        is_error(&panicked);
        assert!(std::io::Error::from(panicked).to_string().contains("boom"));
    }

    async fn a_late_error_of_a_settled_child_is_in_its_slot_and_nowhere_else() {
        let late = Trail::new();
        let slot = group!(a = async { cancelled().await; Err::<(), _>("answer") })
            .settle()
            .timeout(ms(1))
            .on_late_error(|child, error| late.say(format!("{child}: {error}")))
            .await;
        assert!(matches!(slot, Settled::Cancelled { late: Some("answer"), .. }));
        assert!(late.read().is_empty());
    }
}
