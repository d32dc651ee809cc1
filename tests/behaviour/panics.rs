//! Panics: resumed in the owner, with their own payload, after the siblings have stopped.

use std::{
    cell::Cell,
    future::{pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind},
    task::Poll,
};

use taskgroup::{Cause, Failure, Stopped, cancelled, group};
use taskgroup_tests::*;

every_kind! {
    async fn one_of_three_panics_and_it_is_resumed_after_the_others_have_stopped() {
        let alive = Alive::new();
        let (a, b) = (alive.enter(), alive.enter());
        let text = panic_of(
            crowd!(
                a = forever::<_, Result<(), &str>>(a),
                panics = async { yields(1).await; panic_any("boom") as Result<(), &str> },
                b = forever::<_, Result<(), &str>>(b),
            )
            .into_future(),
        )
        .await;
        assert_eq!(text, "boom");
        assert_eq!(alive.now(), 0);
    }

    async fn the_payload_is_the_very_same() {
        struct Payload(Box<u64>);
        let payload = Payload(Box::new(7));
        let address = std::ptr::from_ref(&*payload.0) as usize;
        let mut group = Box::pin(
            crowd!(
                panics = async move {
                    let payload = payload;
                    resume_unwind(Box::new(payload)) as Result<(), &str>
                },
                other = forever::<_, Result<(), &str>>(()),
            )
            .into_future(),
        );
        let caught = poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| group.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(_)) => panic!("it panics"),
            Err(payload) => Poll::Ready(payload),
        })
        .await;
        let caught = caught.downcast::<Payload>().expect("the type of the payload");
        assert_eq!((std::ptr::from_ref(&*caught.0) as usize, *caught.0), (address, 7));
    }

    async fn two_panic_and_one_payload_arrives() {
        for run in 0..100 {
            let text = panic_of(
                crowd!(
                    a = async move { yields(run % 3).await; panic_any("boom") as Result<(), &str> },
                    b = async move { yields(run % 2).await; panic_any("boom") as Result<(), &str> },
                    cleans = async { cancelled().await; panic_any("boom") as Result<(), &str> },
                )
                .into_future(),
            )
            .await;
            assert_eq!(text, "boom");
        }
    }

    async fn both_waiting_siblings_see_the_panic_before_it_resumes() {
        let (saw, ready) = (Trail::new(), Ready::new());
        let (one, two) = ((saw.clone(), ready.clone()), (saw.clone(), ready.clone()));
        let both = ready.reach(2);
        let text = panic_of(
            crowd!(
                a = async move { one.1.tick(); one.0.say(cancelled().await.cause().to_string()); Ok::<_, &str>(()) },
                broken = async { both.await; panic_any("boom") as Result<(), &str> },
                b = async move {
                    two.1.tick();
                    let why = cancelled().await;
                    assert!(matches!(why.cause(), Cause::Panicked { child } if *child == "broken"));
                    two.0.say(why.cause().to_string());
                    Ok(())
                },
            )
            .into_future(),
        )
        .await;
        assert_eq!(text, "boom");
        assert_eq!(saw.read(), ["`broken` panicked"; 2]);
    }

    async fn a_race_ends_at_a_panic_and_not_at_an_error() {
        let stopped = Flag::new();
        let flag = stopped.on_drop();
        let text = panic_of(
            crowd!(
                fails = async { Err::<i32, _>("no") },
                panics = async { yields(3).await; panic_any("boom") as Result<i32, &str> },
                never = forever::<_, Result<i32, &str>>(flag),
            )
            .race()
            .into_future(),
        )
        .await;
        assert_eq!(text, "boom");
        assert!(stopped.is_set());
    }

    async fn catch_panics_gives_the_panic_as_an_error() {
        let stopped = Flag::new();
        let flag = stopped.on_drop();
        let ended = crowd!(
            broken = async { yields(1).await; panic!("boom {}", 1) as Result<(), Fail> },
            never = forever::<_, Result<(), Fail>>(flag),
        )
        .catch_panics()
        .await;
        assert_eq!(text(ended), "err `broken` panicked: boom 1");
        assert!(stopped.is_set());
    }

    async fn caught_panics_do_not_outrank_the_first_error() {
        let (late, ready) = (Trail::new(), Ready::new());
        let begun = ready.reach(1);
        let ended = crowd!(
            cleans = async move { ready.tick(); cancelled().await; panic_any("worse") as Result<(), Fail> },
            fails = async { begun.await; Err::<(), _>(Fail::Own("first")) },
        )
        .catch_panics()
        .on_late_error(|child, error| late.say(format!("{child}: {error}")))
        .await;
        assert_eq!(text(ended), "err first");
        assert_eq!(late.read(), ["cleans: `cleans` panicked: worse"]);
    }

    async fn an_outcome_holds_the_panic() {
        let ended = crowd!(broken = async { yields(1).await; panic_any("boom") as Result<(), &str> }).outcome().await;
        match ended {
            Err(Stopped::Panicked(panicked)) => {
                assert_eq!((&**panicked.child(), panicked.message()), ("broken", "boom"));
                assert_eq!(panicked.into_payload().downcast_ref::<&str>(), Some(&"boom"));
            }
            other => panic!("{other:?}"),
        }
    }

    async fn settling_keeps_a_panic_in_its_slot_and_stops_no_other() {
        let (broken, good) = crowd!(
            broken = async { panic_any("boom") as Result<(), &str> },
            good = async { yields(5).await; Ok(1) },
        )
        .settle()
        .await;
        assert_eq!(settled(&broken), "panicked boom");
        assert_eq!(settled(&good), "done 1");
    }

    async fn collecting_lists_a_panic_with_its_child() {
        let failures = crowd!(
            broken = async { panic_any("boom") as Result<(), &str> },
            fails = async { yields(2).await; Err::<(), _>("own") },
        )
        .collect_errors()
        .await
        .expect_err("both");
        assert_eq!(failures.to_string(), "`broken`: panicked: boom\n`fails`: own");
        assert!(matches!(failures.iter().next(), Some((name, Failure::Panicked(_))) if *name == "broken"));
    }

    async fn the_destructor_of_a_stopped_child_panics_and_the_siblings_are_stopped_all_the_same() {
        let alive = Alive::new();
        let (a, b) = (alive.enter(), alive.enter());
        let text = panic_of(
            crowd!(
                a = forever::<_, Result<(), &str>>(a),
                bomb = forever::<_, Result<(), &str>>(Bomb("dropped")),
                second = forever::<_, Result<(), &str>>(Bomb("dropped")),
                b = forever::<_, Result<(), &str>>(b),
                fails = async { yields(1).await; Err::<(), _>("boom") },
            )
            .into_future(),
        )
        .await;
        assert_eq!(text, "dropped");
        assert_eq!(alive.now(), 0);
    }

    async fn the_destructor_of_a_child_that_is_done_panics() {
        let alive = Alive::new();
        let a = alive.enter();
        let text = panic_of(
            crowd!(
                a = forever::<_, Result<(), &str>>(a),
                bomb = {
                    let bomb = Bomb("dropped");
                    poll_fn(move |_| {
                        let _moved_in = &bomb;
                        Poll::Ready(Ok::<_, &str>(()))
                    })
                },
            )
            .into_future(),
        )
        .await;
        assert_eq!(text, "dropped");
        assert_eq!(alive.now(), 0);
    }

    async fn values_whose_destructors_panic_do_not_abort_when_the_group_fails() {
        let dropped = Alive::new();
        let (a, b, ready) = (dropped.enter(), dropped.enter(), Ready::new());
        let (one, two, both) = (ready.clone(), ready.clone(), ready.reach(2));
        let ended = panic_of(
            crowd!(
                a = async move { one.tick(); Ok((Bomb("value"), a)) },
                b = async move { two.tick(); Ok((Bomb("value"), b)) },
                fails = async { both.await; Err::<(), _>("boom") },
            )
            .into_future()
            .map_debug(),
        )
        .await;
        assert_eq!(ended, "value");
        assert_eq!(dropped.now(), 0);
    }

    async fn values_of_a_for_whose_destructors_panic_do_not_abort_when_the_group_fails() {
        let dropped = Alive::new();
        let (there, ready) = (dropped.clone(), Ready::new());
        let ended = panic_of(
            crowd_for!(xs = n in (0..5) {
                let (here, ready, four) = (there.enter(), ready.clone(), ready.reach(4));
                async move {
                    if n == 4 {
                        four.await;
                        return Err("boom");
                    }
                    ready.tick();
                    Ok((Bomb("value"), here))
                }
            })
            .into_future()
            .map_debug(),
        )
        .await;
        assert_eq!(ended, "value");
        assert_eq!(dropped.now(), 0);
    }
}

/// `Bomb` is not `Debug`.
trait MapDebug: Future + Sized {
    async fn map_debug(self) -> &'static str {
        self.await;
        "no panic"
    }
}
impl<F: Future> MapDebug for F {}

on_both_runtimes! {
    async fn a_blocking_child_panics_and_the_others_are_stopped() {
        let alive = Alive::new();
        let a = alive.enter();
        let text = panic_of(
            group!(
                #[spawn] a = forever::<_, Result<(), &str>>(a),
                #[blocking] panics = || panic_any("boom") as Result<(), &str>,
            )
            .into_future(),
        )
        .await;
        assert_eq!(text, "boom");
        assert_eq!(alive.now(), 0);
    }

    async fn a_source_panics_in_next() {
        let (alive, begun) = (Alive::new(), Cell::new(0));
        let group = group!(
            stays = forever::<_, Result<(), Fail>>(alive.enter()),
            xs = for n in (0..10).inspect(|n| assert!(*n < 3, "in next")) {
                begun.set(begun.get() + 1);
                async { let _n = n; pending::<Result<(), Fail>>().await }
            },
        );
        let caught = group.catch_panics().await;
        assert_eq!(text(caught), "err `xs[3]` panicked: in next");
        assert_eq!((alive.now(), begun.get()), (0, 3));
    }

    async fn a_body_panics_where_the_owner_evaluates_it() {
        let alive = Alive::new();
        let a = alive.enter();
        let caught = group!(
            stays = forever::<_, Result<(), Fail>>(a),
            #[spawn] xs = for n in 0..10 {
                assert!(n < 3, "in the body");
                async move { let _n = n; pending::<Result<(), Fail>>().await }
            },
        )
        .catch_panics()
        .await;
        assert_eq!(text(caught), "err `xs[3]` panicked: in the body");
        assert_eq!(alive.now(), 0);
    }

    async fn a_source_panics_in_its_destructor() {
        struct Source(u32);
        impl Iterator for Source {
            type Item = u32;
            fn next(&mut self) -> Option<u32> {
                self.0 = self.0.checked_sub(1)?;
                Some(self.0)
            }
        }
        impl Drop for Source {
            fn drop(&mut self) {
                panic_any("source dropped");
            }
        }
        let stopped = Flag::new();
        let text = panic_of(
            group!(
                stays = forever::<_, Result<(), &str>>(stopped.on_drop()),
                xs = for n in Source(3) { async move { Ok(n) } },
            )
            .into_future(),
        )
        .await;
        assert_eq!(text, "source dropped");
        assert!(stopped.is_set());
    }

    async fn the_future_of_cancel_on_panics() {
        let stopped = Flag::new();
        let text = panic_of(
            group!(stays = forever::<_, Result<(), Fail>>(stopped.on_drop()))
                .cancel_on(async { yields(2).await; panic_any("in cancel_on") as () })
                .into_future(),
        )
        .await;
        assert_eq!(text, "in cancel_on");
        assert!(stopped.is_set());
    }

    async fn the_listener_of_late_errors_panics() {
        let stopped = Flag::new();
        let text = panic_of(
            group!(
                cleans = async { cancelled().await; Err::<(), _>("late") },
                #[spawn] stays = forever::<_, Result<(), &str>>(stopped.on_drop()),
                fails = async { yields(1).await; Err::<(), _>("boom") },
            )
            .on_late_error(|_, _| panic_any("in on_late_error"))
            .into_future(),
        )
        .await;
        assert_eq!(text, "in on_late_error");
        assert!(stopped.is_set());
    }

    async fn a_daemon_panics_while_children_run() {
        let stopped = Flag::new();
        let text = panic_of(
            group!(
                stays = forever::<_, Result<(), &str>>(stopped.on_drop()),
                #[daemon] broken = async { yields(2).await; panic_any("daemon") as Result<(), &str> },
            )
            .into_future(),
        )
        .await;
        assert_eq!(text, "daemon");
        assert!(stopped.is_set());
    }

    async fn options_whose_futures_panic_when_dropped_do_not_abort() {
        let text = panic_of(
            group!(a = async { yields(1).await; Ok::<_, Fail>(1) })
                .cancel_on(forever::<_, ()>(Bomb("cancel_on")))
                .drain_on(forever::<_, ()>(Bomb("drain_on")))
                .into_future(),
        )
        .await;
        assert!(text == "cancel_on" || text == "drain_on", "{text}");
    }

    async fn dropping_a_group_with_two_bombs_half_way_panics_once_and_stops_every_child() {
        let alive = Alive::new();
        let (a, b) = (alive.enter(), alive.enter());
        let mut group = Box::pin(
            group!(
                one = forever::<_, Result<(), &str>>(Bomb("dropped")),
                a = forever::<_, Result<(), &str>>(a),
                two = forever::<_, Result<(), &str>>(Bomb("dropped")),
                value = async { Ok(Bomb("dropped")) },
                value2 = async { Ok(Bomb("dropped")) },
                xs = for _ in 0..2 { async { Ok(Bomb("dropped")) } },
                ys = for _ in 0..2 { forever::<_, Result<(), &str>>(Bomb("dropped")) },
                b = forever::<_, Result<(), &str>>(b),
            )
            .into_future(),
        );
        assert!(poll_once(group.as_mut()).is_pending());
        let caught = catch_unwind(AssertUnwindSafe(|| drop(group))).expect_err("it panics");
        assert_eq!(caught.downcast_ref(), Some(&"dropped"));
        assert_eq!(alive.now(), 0);
    }

    async fn dropping_a_group_with_two_bombs_before_its_first_poll_does_not_abort() {
        let alive = Alive::new();
        let (a, b) = (alive.enter(), alive.enter());
        let group = group!(
            one = forever::<_, Result<(), &str>>(Bomb("dropped")),
            a = forever::<_, Result<(), &str>>(a),
            #[spawn] two = forever::<_, Result<(), &str>>(Bomb("dropped")),
            b = forever::<_, Result<(), &str>>(b),
        )
        .into_future();
        let caught = catch_unwind(AssertUnwindSafe(|| drop(group))).expect_err("it panics");
        assert_eq!(caught.downcast_ref(), Some(&"dropped"));
        assert_eq!(alive.now(), 0);
    }
}
