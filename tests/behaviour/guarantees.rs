//! G1 to G10 of the design, one test each. Above each stands the mutation of the runtime that it was seen to catch.

use std::{
    cell::Cell,
    future::{pending, poll_fn},
    panic::panic_any,
    task::Poll,
};

use taskgroup::{cancelled, child_token, group, is_cancelled};
use taskgroup_tests::*;
use tokio::{sync::Barrier, task::coop};

on_both_runtimes! {
    // Seen to catch: a group in state *reaping* that does not wait for what groups below it left behind.
    async fn g1_nothing_that_was_started_is_running_after_the_await() {
        /// Its destructor takes a long time, so that a missing wait is detected.
        struct Slow(#[expect(dead_code, reason = "counted while it is there")] Presence);
        impl Drop for Slow {
            fn drop(&mut self) {
                std::thread::sleep(ms(10));
            }
        }
        let (alive, ready) = (Alive::new(), Ready::new());
        let slow = || Slow(alive.enter());
        let (a, b, c, begun) = (slow(), slow(), slow(), ready.reach(2));
        let (one, two) = (ready.clone(), ready.clone());
        let ended = group!(
            inline = forever::<_, Result<(), &str>>(a),
            #[spawn] spawned = async move { let _b = b; one.tick(); pending::<Result<(), &str>>().await },
            nested = async move {
                group!(#[spawn] deep = async move { let _c = c; two.tick(); pending::<Result<(), &str>>().await }).await
            },
            fails = async { begun.await; Err::<(), _>("boom") },
        )
        .await;
        assert_eq!((ended.err(), alive.now()), (Some("boom"), 0));
    }

    // Seen to catch: a group that does not count its sources among what is open, and so ends before their children do.
    async fn g2_no_result_is_there_before_the_join() {
        // That nothing can be named before the join is for the compiler, in `tests/ui`; that nothing is delivered before, is here.
        let others = Alive::new();
        let here = others.enter();
        let mut group = Box::pin(
            group!(
                first = async { Ok::<_, &str>(1) },
                #[spawn] second = async move { let _here = here; yields(20).await; Ok(2) },
                xs = for n in 0..3 {
                    {
                        let here = others.enter();
                        async move {
                            let _here = here;
                            yields(10 * n).await;
                            Ok(n)
                        }
                    }
                },
            )
            .into_future(),
        );
        let ended = poll_fn(|cx| {
            let polled = group.as_mut().poll(cx);
            assert!(polled.is_pending() || others.now() == 0);
            polled
        })
        .await;
        assert_eq!(ended, Ok((1, 2, vec![0, 1, 2])));
    }

    // Seen to catch: a child of a settled group that panicked and is reported as cancelled.
    async fn g3_there_is_exactly_one_outcome_for_each_child() {
        for run in 0..50 {
            let xs = group!(#[spawn] xs = for n in 0..12_usize {
                async move {
                    yields((n + run) % 4).await;
                    match n % 4 {
                        0 => Ok(n),
                        1 => Err("err"),
                        2 => panic_any("panic"),
                        _ => pending().await,
                    }
                }
            })
            .settle()
            .limit(6)
            .cancel_on(async { yields(run).await; })
            .await;
            assert_eq!(xs.len(), 12, "run {run}");
            for (n, x) in xs.iter().enumerate() {
                let fits = match n % 4 {
                    0 => x.as_done() == Some(&n),
                    1 => x.is_failed() || matches!(x, taskgroup::Settled::Cancelled { late: Some("err"), .. }),
                    2 => x.is_panicked(),
                    _ => x.is_cancelled(),
                };
                assert!(fits || x.is_never_started() || x.is_cancelled(), "run {run}, {n}: {x:?}");
            }
        }
        // And without a cancellation nothing is lost at all.
        let xs = group!(#[spawn] xs = for n in 0..9_usize {
            async move {
                yields(n % 2).await;
                match n % 3 { 0 => Ok(n), 1 => Err("err"), _ => panic_any("panic") }
            }
        })
        .settle()
        .limit(2)
        .await;
        let said: Vec<_> = xs.iter().map(settled).collect();
        assert_eq!(said[..3], ["done 0", "failed err", "panicked panic"]);
        assert_eq!(said[6..], ["done 6", "failed err", "panicked panic"]);
    }

    // Seen to catch: a later error that takes the place of the first.
    async fn g4_the_first_failure_decides_and_the_siblings_see_its_name() {
        let (saw, ready) = (Trail::new(), Ready::new());
        let (words, one, two, both) = (saw.clone(), ready.clone(), ready.clone(), ready.reach(2));
        let ended = group!(
            #[spawn] spawned = async move { one.tick(); words.say(cancelled().await.cause().to_string()); Err("second") },
            inline = async { two.tick(); saw.say(cancelled().await.cause().to_string()); Err("third") },
            broken = async { both.await; Err::<(), _>("first") },
        )
        .await;
        let _: &Result<((), (), ()), _> = &ended;
        assert_eq!(ended.err(), Some("first"));
        assert_eq!(saw.read(), ["`broken` failed"; 2]);
    }

    // Seen to catch: a cancellation that leaves queued children able to begin, and a drain that leaves its sources open.
    async fn g5_once_it_is_cancelled_nothing_queued_starts_and_once_it_drains_nothing_is_pulled() {
        let started = Alive::new();
        let ended = group!(
            fails = async { yields(2).await; Err::<(), _>("boom") },
            queued = async { let _here = started.enter(); Ok(()) },
            xs = for _ in 0..5 { async { let _here = started.enter(); Ok(()) } },
        )
        .limit(1)
        .grace(ms(10))
        .await;
        assert_eq!((ended.err(), started.ever()), (Some("boom"), 0));

        let (pulled, drain) = (Cell::new(0), Ready::new());
        let drained = drain.reach(3);
        let ended = group!(xs = for n in (0..1_000).inspect(|_| pulled.set(pulled.get() + 1)) {
            async { drain.tick(); yields(5).await; Ok::<_, &str>(n) }
        })
        .limit(1)
        .drain_on(drained)
        .await;
        assert_eq!((ended, pulled.get()), (Ok(vec![0, 1, 2]), 3));
    }

    // Seen to catch: an inline child that is dropped without a guard of its own (the process aborts).
    async fn g6_a_panic_neither_hangs_nor_aborts_nor_detaches() {
        let (alive, ready) = (Alive::new(), Ready::new());
        let (a, b, one, begun) = (alive.enter(), alive.enter(), ready.clone(), ready.reach(1));
        let text = panic_of(
            group!(
                bomb = forever::<_, Result<(), &str>>(Bomb("second")),
                #[spawn] spawned = async move { let _a = a; one.tick(); pending::<Result<(), &str>>().await },
                inline = forever::<_, Result<(), &str>>(b),
                panics = async { begun.await; panic_any("first") as Result<(), &str> },
                other = forever::<_, Result<(), &str>>(Bomb("third")),
            )
            .into_future(),
        )
        .await;
        assert_eq!((text, alive.now()), ("first", 0));
    }

    // Seen to catch: a group that cancels the outermost scope around it instead of its own.
    async fn g7_no_child_cancels_its_group_except_by_failing() {
        let ended = group!(
            careless = async {
                child_token().cancel();
                // A group of its own that fails, panics, is dropped: none of it is its parent's.
                assert!(group!(inner = async { is_cancelled(); Err::<(), _>("inner") }).await.is_err());
                drop(Box::pin(group!(inner = async { cancelled().await; Ok::<_, ()>(()) }).into_future()));
                assert_eq!(panic_of(group!(inner = async { panic_any("inner") as Result<(), ()> }).into_future()).await, "inner");
                Ok::<_, &str>(1)
            },
            #[daemon] ends = async { Ok(()) },
            sibling = async {
                for _ in 0..20 {
                    assert!(!is_cancelled());
                    yields(1).await;
                }
                Ok(2)
            },
        )
        .await;
        assert_eq!(ended, Ok((1, 2)));
    }

    // Seen to catch: a bell that does not ring, and an order of polls that does not turn when the budget is used up.
    async fn g8_no_wake_up_is_lost_and_nobody_who_yields_starves_another() {
        // A wake-up that comes from a sibling, in every order, among more children than are all polled at once.
        for waker in [0, 7, 30, 59] {
            let barrier = Barrier::new(60);
            let ended = group!(xs = for n in 0..60 {
                async {
                    yields(if n == waker { 9 } else { n % 5 }).await;
                    barrier.wait().await;
                    yields(n % 3).await;
                    Ok::<_, &str>(())
                }
            })
            .await;
            assert_eq!(ended.map(|xs| xs.len()), Ok(60));
        }
        let done = Cell::new(false);
        let ended = group!(
            chatty = async {
                for _ in 0..100_000 {
                    if done.get() {
                        return Ok(());
                    }
                    coop::consume_budget().await;
                }
                Err("nobody else had a turn")
            },
            xs = for _ in 0..1 { async { coop::consume_budget().await; done.set(true); Ok(()) } },
        )
        .await;
        assert_eq!(ended.map(drop), Ok(()));
    }

    // Seen to catch: a dropped group that does not tell its spawned children to stop.
    async fn g10_dropping_at_any_time_is_safe() {
        for k in 0..12 {
            let alive = Alive::new();
            let there = alive.clone();
            let (a, b) = (alive.enter(), alive.enter());
            let mut group = Box::pin(
                group!(
                    inline = async move { let _a = a; yields(3).await; Ok::<_, &str>(()) },
                    #[spawn] spawned = async move {
                        let _b = b;
                        group!(#[spawn] deep = async { yields(4).await; pending::<Result<(), &str>>().await }).await
                    },
                    xs = for _ in 0..3 { { let here = there.enter(); async move { let _here = here; yields(5).await; Ok(()) } } },
                    #[spawn] ys = for _ in 0..3 { let here = there.enter(); async move { let _here = here; yields(5).await; Ok(()) } },
                    fails = async { yields(6).await; Err::<(), _>("boom") },
                )
                .limit(6)
                .into_future(),
            );
            for _ in 0..k {
                if poll_fn(|cx| Poll::Ready(group.as_mut().poll(cx))).await.is_ready() {
                    break;
                }
                yields(1).await;
            }
            drop(group);
            taskgroup::orphans().await;
            assert_eq!(alive.now(), 0, "dropped after {k} polls");
        }
    }
}

/// Goes down, one group a level, and says at the bottom that it is there.
fn levels(
    depth: usize,
    bottom: Ready,
    alive: Alive,
) -> std::pin::Pin<Box<dyn Future<Output = Result<(), &'static str>> + Send>> {
    Box::pin(async move {
        let _here = alive.enter();
        if depth == 0 {
            bottom.tick();
            return cancelled_or_not().await;
        }
        let below = levels(depth - 1, bottom, alive);
        group!(
            #[spawn]
            level = below
        )
        .await
    })
}

async fn cancelled_or_not() -> Result<(), &'static str> {
    cancelled().await;
    Ok(())
}

on_both_runtimes! {
    // Seen to catch: scopes that let go of the ones around them by recursion (the stack overflows).
    async fn g10_five_thousand_spawned_levels_are_cancelled_and_dropped_by_loops() {
        let (bottom, alive) = (Ready::new(), Alive::new());
        let there = bottom.reach(1);
        let ended = group!(
            #[spawn] top = levels(5_000, bottom, alive.clone()),
            fails = async { there.await; Err::<(), _>("boom") },
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!((alive.now(), alive.ever()), (0, 5_001));
    }

    async fn g10_five_thousand_spawned_levels_can_be_dropped() {
        let (bottom, alive) = (Ready::new(), Alive::new());
        let there = bottom.reach(1);
        {
            let mut group = std::pin::pin!(group!(#[spawn] top = levels(5_000, bottom, alive.clone())).into_future());
            tokio::select! {
                _ = group.as_mut() => {}
                () = there => {}
            }
        }
        taskgroup::orphans().await;
        assert_eq!(alive.now(), 0);
    }
}

// G9 is a lint, `unsafe_code = "forbid"`. It was seen to fail with `unsafe {}` in `wake.rs`: the crate does not build.
#[test]
fn g9_there_is_no_unsafe_code() {
    let manifest = include_str!("../../Cargo.toml");
    assert!(manifest.contains("unsafe_code = \"forbid\""));
    assert!(include_str!("../../runtime/Cargo.toml").contains("[lints]\nworkspace = true"));
    fn sources(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                sources(&entry, found);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                found.push(entry);
            }
        }
    }
    let mut found = Vec::new();
    sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src"), &mut found);
    assert!(found.len() > 20);
    for file in found {
        let text = std::fs::read_to_string(&file).expect("it is a text");
        assert!(
            !text.contains("unsafe {") && !text.contains("unsafe fn") && !text.contains("unsafe impl"),
            "{}",
            file.display()
        );
        assert!(!text.contains("allow(unsafe_code)"), "{}", file.display());
    }
}
