//! One test for each numbered transition of `runtime/src/machine/states.md`.

use std::{
    cell::Cell,
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
};

use taskgroup::{Cause, cancelled, cause, draining, group, is_cancelled, shield};
use taskgroup_tests::*;
use tokio::time::{Instant, sleep};

/// Runs an inner group in an outer one that fails after 10 ms and has a grace of 1,000; returns the result of the inner one.
macro_rules! cancelled_from_outside {
    ($inner:expr) => {{
        let heard = Trail::new();
        let ended = group!(
            inner = async {
                heard.say(text($inner.await));
                Ok(())
            },
            fails = after(10, Err::<(), _>("around")),
        )
        .grace(ms(1_000))
        .await;
        assert_eq!(ended.err(), Some("around"));
        heard.read().concat()
    }};
}

/// A child that listens: `n` ms after its cancellation it returns `result`.
async fn reacts<T>(n: u64, result: T) -> T {
    cancelled().await;
    after(n, result).await
}

#[test]
fn every_transition_has_its_test_and_every_test_its_transition() {
    let numbers = |text: &str, line: fn(&str) -> Option<&str>| -> Vec<u32> {
        text.lines().filter_map(line).filter_map(|number| number.parse().ok()).collect()
    };
    let table = numbers(include_str!("../../runtime/src/machine/states.md"), |line| {
        line.strip_prefix("| ").and_then(|line| line.split(' ').next())
    });
    let sources = concat!(include_str!("states.rs"), include_str!("../policies/states.rs"));
    let mut tests =
        numbers(sources, |line| line.trim_start().strip_prefix("async fn t").and_then(|line| line.split('_').next()));
    tests.sort_unstable();
    tests.dedup();
    assert_eq!(table, (1..=72).collect::<Vec<_>>());
    assert_eq!(tests, table);
}

virtual_time! {
    async fn t1_fresh_first_poll() {
        let trail = Trail::new();
        let child = async |name: &'static str| { trail.say(name); Ok::<_, &str>(()) };
        let group = group!(xs = for name in ["x", "y"] { child(name) }, a = child("a"), b = child("b"));
        assert!(trail.read().is_empty());
        assert!(group.await.is_ok());
        assert_eq!(trail.read(), ["a", "b", "x", "y"]);
    }

    async fn t2_fresh_deadline_past() {
        let polled = Cell::new(false);
        let ended = group!(a = async { polled.set(true); Ok::<_, Fail>(()) }).timeout(ms(0)).name("g").await;
        assert_eq!((text(ended).as_str(), polled.get()), ("err cancelled: `g` timed out", false));
    }

    async fn t3_fresh_cancelled_from_outside_can_say_so() {
        let polled = Cell::new(false);
        let heard = cancelled_from_outside!(async {
            cancelled().await;
            group!(a = async { polled.set(true); Ok::<_, &str>(()) }).outcome().await
        });
        assert_eq!((heard.as_str(), polled.get()), ("err cancelled: `fails` failed", false));
    }

    async fn t4_fresh_cancelled_from_outside_cannot_say_so() {
        let heard = cancelled_from_outside!(async {
            cancelled().await;
            group!(a = async { Ok::<_, &str>(is_cancelled()) }).await
        });
        assert_eq!(heard, "ok true");
    }

    async fn t5_fresh_dropped() {
        let (polled, dropped) = (Cell::new(false), Flag::new());
        let flag = dropped.on_drop();
        drop(group!(a = async { let _flag = flag; polled.set(true); Ok::<_, &str>(()) }).into_future());
        assert!(dropped.is_set() && !polled.get());
    }

    async fn t6_running_child_ok_others_left() {
        let ended = group!(a = async { Ok::<_, &str>(1) }, b = after(10, Ok(2)), xs = for n in 0..2 { after(5, Ok(n)) }).await;
        assert_eq!(ended, Ok((1, 2, vec![0, 1])));
    }

    async fn t7_running_last_child_ok() {
        let token = Cell::new(None);
        let ended = group!(a = async { token.set(Some(taskgroup::child_token())); after(5, Ok::<_, &str>(1)).await }).await;
        assert_eq!(ended, Ok(1));
        assert!(token.take().is_some_and(|token| token.is_cancelled()));
    }

    async fn t8_running_last_child_ok_daemons_left() {
        let trail = Trail::new();
        let ended = group!(
            a = after(5, Ok::<_, &str>(1)),
            #[daemon] d = async { trail.say(cancelled().await.cause().to_string()); Ok(()) },
        )
        .name("g")
        .await;
        assert_eq!(ended, Ok(1));
        assert_eq!(trail.read(), ["`g` had finished"]);
    }

    async fn t9_running_child_err() {
        let trail = Trail::new();
        let ended = group!(
            a = async { cancelled().await; trail.say(format!("{:?}", cause())); Ok(()) },
            b = after(5, Err::<(), _>("boom")),
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(trail.read(), ["Some(Failed { child: \"b\" })"]);
    }

    async fn t10_running_child_panics() {
        let trail = Trail::new();
        let text = panic_of(
            group!(
                a = async { trail.say(cancelled().await.cause().to_string()); Ok(()) },
                b = async { sleep(ms(5)).await; panic_any("boom") as Result<(), &str> },
            )
            .into_future(),
        )
        .await;
        assert_eq!(text, "boom");
        assert_eq!(trail.read(), ["`b` panicked"]);
    }

    async fn t11_running_child_err_or_panic_settled() {
        let (a, b, c) = group!(
            a = async { Err::<(), _>("no") },
            b = async { panic_any("boom") as Result<(), &str> },
            c = async { sleep(ms(5)).await; Ok(is_cancelled()) },
        )
        .settle()
        .await;
        assert_eq!([settled(&a), settled(&b), settled(&c)], ["failed no", "panicked boom", "done false"]);
    }

    async fn t12_running_child_ok_in_a_race() {
        let trail = Trail::new();
        let ended = group!(
            a = after(5, Ok::<_, &str>(1)),
            b = async { trail.say(cancelled().await.cause().to_string()); Ok(2) },
        )
        .race()
        .name("g")
        .await;
        assert_eq!(text(ended), "ok 1");
        assert_eq!(trail.read(), ["`g` had finished"]);
    }

    async fn t13_running_child_err_in_a_race() {
        let ended = group!(a = after(1, Err::<i32, _>("a's")), b = after(5, Ok(2))).race().await;
        assert_eq!(text(ended), "ok 2");
        let ended = group!(a = after(1, Err::<i32, _>("a's")), b = after(5, Err("b's"))).race().await;
        assert_eq!(text(ended), "err `a`: a's\n`b`: b's");
    }

    async fn t14_running_queued_without_room() {
        let pulled = Cell::new(0);
        let mut group = Box::pin(
            group!(
                a = pending::<Result<(), &str>>(),
                b = async { pulled.set(100); Ok(()) },
                xs = for _ in (0..9).inspect(|_| pulled.set(pulled.get() + 1)) { async { Ok(()) } },
            )
            .limit(1)
            .into_future(),
        );
        assert!(polls(group.as_mut(), 5).await.is_none());
        assert_eq!(pulled.get(), 0);
    }

    async fn t15_running_room_is_given_back() {
        let trail = Trail::new();
        let child = async |name: &'static str| { trail.say(name); after(1, Ok::<_, &str>(())).await };
        let ended = group!(xs = for name in ["x", "y"] { child(name) }, a = child("a"), b = child("b")).limit(1).await;
        assert!(ended.is_ok());
        assert_eq!(trail.read(), ["a", "b", "x", "y"]);
    }

    async fn t16_running_deadline() {
        let ended = group!(a = pending::<Result<(), Fail>>()).timeout(ms(5)).name("g").await;
        assert_eq!(text(ended), "err cancelled: `g` timed out");
    }

    async fn t17_running_cancel_on() {
        let ended = group!(a = pending::<Result<(), Fail>>()).cancel_on(sleep(ms(5))).name("g").await;
        assert_eq!(text(ended), "err cancelled: `g` was asked to stop");
    }

    async fn t18_running_cancelled_from_outside_can_say_so() {
        let started = Alive::new();
        let heard = cancelled_from_outside!(
            group!(
                a = after(50, Ok::<_, &str>(1)),
                b = async { let _here = started.enter(); Ok(2) },
                xs = for _ in 0..3 { async { let _here = started.enter(); Ok(3) } },
            )
            .outcome()
            .limit(1)
        );
        assert_eq!((heard.as_str(), started.ever()), ("err cancelled: `fails` failed", 0));
    }

    async fn t19_running_cancelled_from_outside_cannot_say_so() {
        let heard = cancelled_from_outside!(
            group!(a = after(50, Ok::<_, &str>(1)), b = async { Ok(is_cancelled()) }).limit(1)
        );
        assert_eq!(heard, "ok (1, true)");
    }

    async fn t20_running_drain() {
        let ended = group!(
            a = async { draining().await; Ok::<_, &str>(is_cancelled()) },
            xs = for n in 0_u64.. { after(10, Ok(n)) },
        )
        .limit(2)
        .drain_on(sleep(ms(15)))
        .await;
        assert_eq!(ended, Ok((false, vec![0, 1])));
    }

    async fn t21_running_daemon_ok() {
        let ended = group!(#[daemon] d = async { Ok(()) }, a = async { sleep(ms(5)).await; Ok::<_, &str>(is_cancelled()) }).await;
        assert_eq!(ended, Ok(false));
    }

    async fn t22_running_daemon_err_or_panic() {
        let ended = group!(#[daemon] d = after(5, Err("d's")), a = pending::<Result<(), &str>>()).await;
        assert_eq!(ended, Err("d's"));
        let text = panic_of(
            group!(#[daemon] d = async { panic_any("d's") as Result<(), &str> }, a = pending::<Result<(), &str>>()).into_future(),
        )
        .await;
        assert_eq!(text, "d's");
        let late = Trail::new();
        let slot = group!(#[daemon] d = async { Err("d's") }, a = after(5, Ok(1)))
            .settle()
            .on_late_error(|child, error| late.say(format!("{child}: {error}")))
            .await;
        assert_eq!((settled(&slot).as_str(), late.read()), ("done 1", vec!["d: d's".to_owned()]));
    }

    async fn t23_running_dropped() {
        let (alive, trail) = (Alive::new(), Trail::new());
        let (a, b) = (alive.enter(), alive.enter());
        let words = trail.clone();
        let mut group = Box::pin(
            group!(
                a = forever::<_, Result<(), &str>>(a),
                #[spawn] b = async move {
                    let _b = b;
                    words.say(cancelled().await.cause().to_string());
                    Ok(())
                },
            )
            .name("g")
            .into_future(),
        );
        assert!(polls(group.as_mut(), 3).await.is_none());
        drop(group);
        assert_eq!(alive.now(), 1);
        taskgroup::orphans().await;
        assert_eq!((alive.now(), trail.read()), (0, vec!["`g` was dropped".to_owned()]));
    }

    async fn t24_closed_child_ok() {
        let heard = cancelled_from_outside!(group!(a = reacts(40, Ok::<_, &str>(1)), b = reacts(50, Ok(2))).outcome());
        assert_eq!(heard, "ok (1, 2)");
    }

    async fn t25_closed_child_err() {
        let heard = cancelled_from_outside!(
            group!(a = reacts(40, Err::<(), _>("own")), b = reacts(50, Ok::<_, &str>(2))).outcome()
        );
        assert_eq!(heard, "err own");
    }

    async fn t26_closed_last_child_ends() {
        let started = Instant::now();
        let heard = cancelled_from_outside!(
            group!(a = reacts(40, Ok::<_, &str>(1)), b = async { Ok(2) }).outcome().limit(1)
        );
        assert_eq!((heard.as_str(), started.elapsed()), ("err cancelled: `fails` failed", ms(50)));
    }

    async fn t27_draining_child_ok() {
        let ended = group!(a = after(10, Ok::<_, &str>(1)), b = after(10, Ok(2)), xs = for n in 0..9 { async move { Ok(n) } })
            .limit(1)
            .drain_on(sleep(ms(5)))
            .await;
        assert_eq!(ended, Ok((1, 2, vec![])));
    }

    async fn t28_draining_last_child_ok() {
        let trail = Trail::new();
        let ended = group!(
            #[daemon] d = async { trail.say(cancelled().await.cause().to_string()); Ok(()) },
            xs = for n in 0.. { after(10, Ok::<_, &str>(n)) },
        )
        .limit(1)
        .drain_on(sleep(ms(15)))
        .name("g")
        .await;
        assert_eq!((ended, trail.read()), (Ok(vec![0, 1]), vec!["`g` had finished".to_owned()]));
    }

    async fn t29_draining_child_err_or_panic() {
        let ended = group!(a = after(10, Err::<(), _>("boom")), b = pending::<Result<(), &str>>()).drain_on(sleep(ms(5))).await;
        assert_eq!(ended.err(), Some("boom"));
        let text = panic_of(
            group!(a = async { draining().await; panic_any("boom") as Result<(), &str> }, b = pending::<Result<(), &str>>())
                .drain_on(sleep(ms(5)))
                .into_future(),
        )
        .await;
        assert_eq!(text, "boom");
    }

    async fn t30_draining_drain_timeout_or_deadline() {
        for (drain_timeout, timeout, at) in [(10, 100, 15), (100, 20, 20)] {
            let started = Instant::now();
            let ended = group!(a = pending::<Result<(), Fail>>())
                .drain_on(sleep(ms(5)))
                .drain_timeout(ms(drain_timeout))
                .timeout(ms(timeout))
                .name("g")
                .await;
            assert_eq!((text(ended).as_str(), started.elapsed()), ("err cancelled: `g` timed out", ms(at)));
        }
    }

    async fn t31_draining_cancel_on() {
        let ended =
            group!(a = pending::<Result<(), Fail>>()).drain_on(sleep(ms(5))).cancel_on(sleep(ms(9))).name("g").await;
        assert_eq!(text(ended), "err cancelled: `g` was asked to stop");
    }

    async fn t32_draining_drain() {
        let started = Instant::now();
        let ended = group!(a = pending::<Result<(), Fail>>())
            .drain_on(sleep(ms(5)))
            .drain_on(sleep(ms(9)))
            .drain_timeout(ms(10))
            .await;
        assert!(ended.is_err());
        assert_eq!(started.elapsed(), ms(15)); // the second one does not begin it anew
    }

    async fn t33_draining_dropped() {
        let alive = Alive::new();
        let (a, b) = (alive.enter(), alive.enter());
        let mut group = Box::pin(
            group!(a = forever::<_, Result<(), &str>>(a), #[spawn] b = forever::<_, Result<(), &str>>(b))
                .drain_on(async {})
                .into_future(),
        );
        assert!(polls(group.as_mut(), 3).await.is_none());
        drop(group);
        taskgroup::orphans().await;
        assert_eq!(alive.now(), 0);
    }

    async fn t34_last_poll_child_ok() {
        let ended = group!(a = async { cancelled().await; Ok::<_, Fail>(1) }, b = async { cancelled().await; Ok(2) })
            .timeout(ms(5))
            .await;
        assert_eq!(text(ended), "ok (1, 2)");
    }

    async fn t35_last_poll_child_err_without_a_failure() {
        let ended = group!(
            a = async { cancelled().await; Err::<(), _>(Fail::Own("own")) },
            b = pending::<Result<(), Fail>>(),
        )
        .timeout(ms(5))
        .await;
        assert_eq!(text(ended), "err own");
    }

    async fn t36_last_poll_child_err_after_a_failure_a_winner_the_finish() {
        let late = Trail::new();
        let hear = |child: &taskgroup::Name, error: &str| late.say(format!("{child}: {error}"));
        let ended = group!(a = async { cancelled().await; Err::<(), _>("one") }, b = after(5, Err::<(), _>("boom")))
            .on_late_error(hear)
            .await;
        assert_eq!(ended.err(), Some("boom"));
        let ended = group!(a = async { cancelled().await; Err::<i32, _>("two") }, b = after(5, Ok(1))).race().on_late_error(hear).await;
        assert_eq!(text(ended), "ok 1");
        let ended = group!(#[daemon] a = async { cancelled().await; Err("three") }, b = after(5, Ok(1))).on_late_error(hear).await;
        assert_eq!(ended, Ok(1));
        assert_eq!(late.read(), ["a: one", "a: two", "a: three"]);
    }

    async fn t37_last_poll_child_panics_after_an_err() {
        let late = Trail::new();
        macro_rules! both { () => { group!(
            a = async { cancelled().await; panic_any("panic") as Result<(), Fail> },
            b = after(5, Err::<(), _>(Fail::Own("error"))),
        ).on_late_error(|child, error| late.say(format!("{child}: {error}"))) } }
        assert_eq!(panic_of(both!().into_future()).await, "panic");
        assert_eq!(text(both!().catch_panics().await), "err error");
        assert_eq!(late.read(), ["b: error", "a: `a` panicked: panic"]);
    }

    async fn t38_last_poll_child_queued() {
        let started = Alive::new();
        let ended = group!(
            a = async { cancelled().await; Ok::<_, Fail>(1) },
            b = async { let _here = started.enter(); Ok(2) },
        )
        .limit(1)
        .timeout(ms(5))
        .name("g")
        .await;
        assert_eq!((text(ended).as_str(), started.ever()), ("err cancelled: `g` timed out", 0));
    }

    async fn t39_last_poll_everybody_has_ended() {
        let mut group = Box::pin(
            group!(a = async { cancelled().await; Ok(()) }, b = async { Err::<(), _>("boom") }).into_future(),
        );
        // Failure, last poll and the end are one poll.
        assert!(poll_once(group.as_mut()).is_ready());
    }

    async fn t40_last_poll_is_over() {
        let trail = Trail::new();
        let words = trail.clone();
        let ended = group!(
            #[spawn] task = async move { let _words = words.last_words("task dropped"); cancelled().await; words.say("task polled"); pending().await },
            a = forever::<_, Result<(), &str>>(trail.last_words("a")),
            b = forever::<_, Result<(), &str>>(trail.last_words("b")),
            c = after(5, Err::<(), _>("boom")),
        )
        .await;
        let _: &Result<((), (), (), ()), _> = &ended;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(trail.read(), ["a", "b", "task polled", "task dropped"]);
    }

    async fn t41_last_poll_second_cancellation() {
        let trail = Trail::new();
        let ended = group!(
            a = async { cancelled().await; shield(sleep(ms(50))).await; trail.say(format!("{:?}", cause())); Ok(()) },
            b = after(5, Err::<(), _>(Fail::Own("boom"))),
        )
        .timeout(ms(20))
        .await;
        assert_eq!(text(ended), "err boom");
        assert_eq!(trail.read(), ["Some(Failed { child: \"b\" })"]);
    }

    async fn t42_grace_child_ends() {
        let late = Trail::new();
        let ended = group!(
            a = async { cancelled().await; after(10, Ok::<_, Fail>(1)).await },
            b = async { cancelled().await; after(20, Err::<(), _>(Fail::Own("first"))).await },
            c = async { cancelled().await; after(30, Err::<(), _>(Fail::Own("second"))).await },
        )
        .timeout(ms(5))
        .grace(ms(100))
        .on_late_error(|child, error| late.say(format!("{child}: {error}")))
        .await;
        assert_eq!(text(ended), "err first");
        assert_eq!(late.read(), ["c: second"]);
    }

    async fn t43_grace_everybody_has_ended() {
        let started = Instant::now();
        let ended = group!(a = async { cancelled().await; after(10, Ok(())).await }, b = after(5, Err::<(), _>("boom")))
            .grace(ms(1_000))
            .await;
        assert_eq!((ended.err(), started.elapsed()), (Some("boom"), ms(15)));
    }

    async fn t44_grace_over() {
        let started = Instant::now();
        let ended = group!(
            a = async { shield(pending::<()>()).await; Ok(()) },
            #[spawn] b = async { shield(pending::<()>()).await; Ok(()) },
            c = pending::<Result<(), &str>>(),
            d = after(5, Err::<(), _>("boom")),
        )
        .grace(ms(20))
        .await;
        assert_eq!((ended.err(), started.elapsed()), (Some("boom"), ms(25)));
    }

    async fn t45_grace_dropped() {
        let (alive, started) = (Alive::new(), Instant::now());
        let (a, b) = (alive.enter(), alive.enter());
        let mut group = Box::pin(
            group!(
                a = forever::<_, Result<(), &str>>(a),
                #[spawn] b = forever::<_, Result<(), &str>>(b),
                c = async { yields(1).await; Err::<(), _>("boom") },
            )
            .grace(ms(1_000))
            .into_future(),
        );
        assert!(polls(group.as_mut(), 5).await.is_none());
        drop(group);
        taskgroup::orphans().await;
        assert_eq!((alive.now(), started.elapsed()), (0, ms(0)));
    }

    async fn t46_around_child_ends() {
        let late = Trail::new();
        let heard = cancelled_from_outside!(
            group!(a = after(50, Err::<(), _>("first")), b = reacts(50, Err::<(), _>("second")))
                .on_late_error(|child, error| late.say(format!("{child}: {error}")))
        );
        assert_eq!((heard.as_str(), late.read()), ("err first", vec!["b: second".to_owned()]));
    }

    async fn t47_around_own_deadline() {
        let started = Instant::now();
        let heard = cancelled_from_outside!(
            group!(a = reacts(40, Err::<(), _>(Fail::Own("first"))), b = reacts(10_000, Ok::<_, Fail>(1))).timeout(ms(80))
        );
        assert_eq!((heard.as_str(), started.elapsed()), ("err first", ms(80)));
    }

    async fn t48_around_everybody_has_ended() {
        let started = Instant::now();
        let heard = cancelled_from_outside!(group!(a = after(50, Err::<(), _>("first")), b = reacts(50, Ok::<_, &str>(1))));
        assert_eq!((heard.as_str(), started.elapsed()), ("err first", ms(60)));
    }

    async fn t49_stopping_task_ends() {
        let late = Trail::new();
        let ended = group!(
            #[spawn] a = async { cancelled().await; Err::<(), _>("late") },
            #[spawn] b = async { cancelled().await; Ok(()) },
            c = after(5, Err::<(), _>("boom")),
        )
        .on_late_error(|child, error| late.say(format!("{child}: {error}")))
        .await;
        assert_eq!((ended.err(), late.read()), (Some("boom"), vec!["a: late".to_owned()]));
        let ended = group!(#[spawn] a = async { cancelled().await; Ok::<_, Fail>(1) }).timeout(ms(5)).await;
        assert_eq!(text(ended), "ok 1");
    }

    async fn t50_stopping_critical_section() {
        let (trail, started) = (Trail::new(), Instant::now());
        let ended = group!(
            a = async { shield(sleep(ms(50))).await; trail.say("saved"); sleep(ms(50)).await; trail.say("never"); Ok(()) },
            b = after(5, Err::<(), _>("boom")),
        )
        .await;
        assert!(ended.is_err());
        assert_eq!((trail.read(), started.elapsed()), (vec!["saved".to_owned()], ms(50)));
    }

    async fn t51_stopping_thread_ends() {
        let (late, ready) = (Trail::new(), Ready::new());
        let begun = ready.reach(1);
        let ended = group!(
            #[blocking] a = move || {
                ready.tick();
                while !is_cancelled() {
                    std::thread::yield_now();
                }
                Err::<(), _>("late")
            },
            b = async { begun.await; Err::<(), _>("boom") },
        )
        .on_late_error(|child, error| late.say(format!("{child}: {error}")))
        .await;
        assert_eq!((ended.err(), late.read()), (Some("boom"), vec!["a: late".to_owned()]));
    }

    async fn t52_stopping_destructor_panics() {
        let text = panic_of(
            group!(a = forever::<_, Result<(), &str>>(Bomb("dropped")), b = after(5, Err::<(), _>("boom"))).into_future(),
        )
        .await;
        assert_eq!(text, "dropped");
    }

    async fn t53_stopping_everybody_has_ended() {
        let (alive, started) = (Alive::new(), Instant::now());
        let here = alive.enter();
        let ended = group!(#[spawn] a = forever::<_, Result<(), &str>>(here), b = after(5, Err::<(), _>("boom"))).await;
        assert_eq!((ended.err(), alive.now(), started.elapsed()), (Some("boom"), 0, ms(5)));
    }

    async fn t54_stopping_dropped() {
        let alive = Alive::new();
        let (a, b) = (alive.enter(), alive.enter());
        let mut group = Box::pin(
            group!(
                a = async { let _a = a; shield(pending::<()>()).await; Ok(()) },
                #[spawn] b = async move { let _b = b; shield(sleep(ms(20))).await; Ok(()) },
                c = async { yields(1).await; Err::<(), _>("boom") },
            )
            .into_future(),
        );
        assert!(polls(group.as_mut(), 5).await.is_none());
        drop(group);
        assert_eq!(alive.now(), 1);
        taskgroup::orphans().await;
        assert_eq!(alive.now(), 0);
    }

    async fn t55_reaping_something_from_below_is_alive() {
        let (alive, started) = (Alive::new(), Instant::now());
        let here = alive.enter();
        let ended = group!(a = async {
            let mut inner = Box::pin(
                group!(#[spawn] deep = async move { let _here = here; shield(sleep(ms(30))).await; Ok::<_, &str>(()) }).into_future(),
            );
            assert!(polls(inner.as_mut(), 3).await.is_none());
            Ok::<_, &str>(1)
        })
        .await;
        assert_eq!((ended, alive.now(), started.elapsed()), (Ok(1), 0, ms(30)));
    }

    async fn t56_reaping_nothing_from_below_is_alive() {
        let started = Instant::now();
        let ended = group!(a = async { group!(#[spawn] deep = after(5, Ok::<_, &str>(1))).await }).await;
        assert_eq!((ended, started.elapsed()), (Ok(1), ms(5)));
    }

    async fn t57_over_polled_again() {
        let mut group = Box::pin(group!(a = async { Ok::<_, ()>(Cause::Failed { child: "x".into() }) }).into_future());
        assert!(poll_once(group.as_mut()).is_ready());
        let caught = catch_unwind(AssertUnwindSafe(|| poll_once(group.as_mut()).is_ready())).expect_err("it panics");
        assert!(caught.downcast_ref::<&str>().is_some_and(|text| text.contains("polled after it had ended")));
    }

    async fn t67_closed_last_poll_over() {
        let (trail, started) = (Trail::new(), Instant::now());
        let heard = cancelled_from_outside!(async {
            let group = group!(
                a = async { let _gone = trail.last_words("deaf"); pending::<Result<(), &str>>().await },
                b = async { shield(sleep(ms(30))).await; trail.say("saved"); pending::<Result<(), &str>>().await },
                c = reacts(10, Ok::<_, &str>(trail.read())),
            );
            let ended = group.outcome().await;
            assert_eq!((started.elapsed(), trail.read()), (ms(30), vec!["deaf".to_owned(), "saved".to_owned()]));
            ended
        });
        assert_eq!(heard, "err cancelled: `fails` failed");
    }

    async fn t68_closed_own_grace_over() {
        let started = Instant::now();
        let heard = cancelled_from_outside!(
            group!(a = async { shield(pending::<()>()).await; Ok(()) }, b = after(20, Ok::<_, &str>(1))).outcome().grace(ms(30))
        );
        assert_eq!((heard.as_str(), started.elapsed()), ("err cancelled: `fails` failed", ms(40)));
    }

    async fn t69_closed_daemons_left() {
        let (trail, started) = (Trail::new(), Instant::now());
        let heard = cancelled_from_outside!(
            group!(
                a = reacts(10, Ok::<_, &str>(1)),
                #[daemon] b = async { cancelled().await; sleep(ms(40)).await; trail.say("flushed"); Ok(()) },
                #[daemon] c = async { let _gone = trail.last_words("deaf"); pending().await },
            )
            .outcome()
        );
        assert_eq!((heard.as_str(), started.elapsed(), trail.read()), ("ok 1", ms(50), vec!["deaf".into(), "flushed".into()]));
    }

    async fn t70_outer_last_poll_over() {
        let (trail, started) = (Trail::new(), Instant::now());
        let heard = cancelled_from_outside!(group!(
            a = after(50, Err::<(), _>("first")),
            b = async { let _gone = trail.last_words("deaf"); pending::<Result<(), &str>>().await },
            c = reacts(60, Ok::<_, &str>(1)),
        ));
        assert_eq!((heard.as_str(), started.elapsed(), trail.read()), ("err first", ms(70), vec!["deaf".to_owned()]));
    }

    async fn t71_outer_own_grace_over() {
        let started = Instant::now();
        let heard = cancelled_from_outside!(
            group!(a = after(50, Err::<(), _>("first")), b = reacts(10_000, Ok::<_, &str>(1))).grace(ms(30))
        );
        assert_eq!((heard.as_str(), started.elapsed()), ("err first", ms(80)));
    }

    async fn t72_cancelled_from_outside_child_err_where_the_canceller_cannot_drop() {
        let started = Instant::now();
        let heard = cancelled_from_outside!(async {
            let carried = taskgroup::in_current_group(async {
                group!(a = after(50, Err::<(), _>("first")), b = reacts(10_000, Ok::<_, &str>(1))).await
            });
            carried.await
        });
        assert_eq!((heard.as_str(), started.elapsed()), ("err first", ms(50)));
    }
}
