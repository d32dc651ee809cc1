//! A limit bounds how many children run at once, and no child starves.

use std::{
    cell::{Cell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind},
};

use taskgroup::group;
use taskgroup_tests::*;

every_kind! {
    async fn never_more_than_the_limit_are_active_and_none_at_the_end() {
        for limit in [1, 10, 100] {
            let alive = Alive::new();
            let there = alive.clone();
            let ended = crowd_for!(xs = n in (0..1_025_usize) {
                let there = there.clone();
                async move {
                    let _here = there.enter();
                    yields(n % 3).await;
                    Ok::<_, &str>(n)
                }
            })
            .limit(limit)
            .await;
            assert_eq!(ended, Ok((0..1_025).collect()));
            assert_eq!((alive.now(), alive.ever()), (0, 1_025));
            assert!(alive.most() <= limit);
        }
    }

    async fn as_many_as_the_limit_run_at_once() {
        let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(5));
        let ended = crowd_for!(xs = n in (0..20) {
            let barrier = barrier.clone();
            async move {
                barrier.wait().await;
                Ok::<_, &str>(n)
            }
        })
        .limit(5)
        .await;
        assert_eq!(ended, Ok((0..20).collect()));
    }

    async fn limit_two_and_the_fourth_fails_the_fifth_never_starts() {
        let started = Alive::new();
        let there = started.clone();
        let ended = crowd_for!(xs = n in (1..100) {
            let there = there.clone();
            async move {
                let _here = there.enter();
                if n == 4 {
                    return Err("fourth");
                }
                if n == 3 {
                    return std::future::pending().await;
                }
                Ok(n)
            }
        })
        .limit(2)
        .await;
        assert_eq!(ended, Err("fourth"));
        // On threads, the third may be stopped before its first poll.
        assert!((3..=4).contains(&started.ever()), "{} started", started.ever());
    }

    async fn a_child_that_panics_frees_its_place() {
        let there = Alive::new();
        let here = there.clone();
        let xs = crowd_for!(xs = n in (0..20) {
            let here = here.clone();
            async move {
                let _here = here.enter();
                yields(1).await;
                assert!(n % 2 == 0, "odd");
                Ok::<_, &str>(n)
            }
        })
        .settle()
        .limit(3)
        .await;
        assert_eq!(xs.iter().filter(|x| x.is_done()).count(), 10);
        assert_eq!(xs.iter().filter(|x| x.is_panicked()).count(), 10);
        assert_eq!((there.now(), there.most()), (0, 3));
    }
}

on_both_runtimes! {
    async fn the_limit_holds_for_blocking_children() {
        let alive = Alive::new();
        let ended = group!(#[blocking] xs = for n in 0..40 {
            let alive = alive.clone();
            move || {
                let _here = alive.enter();
                std::thread::yield_now();
                Ok::<_, &str>(n)
            }
        })
        .limit(3)
        .await;
        assert_eq!(ended, Ok((0..40).collect()));
        assert!((1..=3).contains(&alive.most()) && alive.now() == 0);
    }

    async fn arms_that_are_written_out_come_first_and_in_order() {
        let trail = Trail::new();
        let ended = group!(
            xs = for n in 0..2 { async { trail.say(format!("x{n}")); yields(1).await; Ok::<_, &str>(()) } },
            a = async { trail.say("a"); yields(1).await; Ok(()) },
            b = async { trail.say("b"); yields(1).await; Ok(()) },
            c = async { trail.say("c"); yields(1).await; Ok(()) },
        )
        .limit(1)
        .await;
        assert!(ended.is_ok());
        assert_eq!(trail.read(), ["a", "b", "c", "x0", "x1"]);
    }

    async fn sources_take_turns() {
        let trail = Trail::new();
        let ended = group!(
            xs = for n in 0..3 { async { trail.say(format!("x{n}")); yields(1).await; Ok::<_, &str>(()) } },
            ys = for n in 0..3 { async { trail.say(format!("y{n}")); yields(1).await; Ok(()) } },
        )
        .limit(1)
        .await;
        assert!(ended.is_ok());
        assert_eq!(trail.read(), ["x0", "y0", "x1", "y1", "x2", "y2"]);
    }

    async fn an_endless_source_starves_neither_an_arm_nor_another_source() {
        for limit in [1, 2, 1_000_000] {
            let (arm, other) = (Cell::new(false), Cell::new(0));
            let ended = group!(
                endless = for _ in 0_u64.. { async { Ok(()) } },
                arm = async { arm.set(true); Ok(()) },
                other = for _ in 0..500 { async { other.set(other.get() + 1); Ok(()) } },
                end = async {
                    while other.get() < 500 {
                        if limit == 1 {
                            return Ok(()); // it would keep the only place
                        }
                        tokio::task::yield_now().await;
                    }
                    Err("enough")
                },
                after = for n in 0..2_000 {
                    async { if n == 1_999 && other.get() == 500 { Err("enough") } else { Ok(()) } }
                },
            )
            .limit(limit)
            .await;
            assert_eq!(ended.err(), Some("enough"));
            assert!(arm.get() && other.get() == 500);
        }
    }

    async fn a_source_is_pulled_only_when_there_is_room() {
        let (pulled, done) = (Cell::new(0), Cell::new(0));
        let ended = group!(xs = for n in (0..1_000).inspect(|_| {
            pulled.set(pulled.get() + 1);
            assert!(pulled.get() <= done.get() + 3);
        }) {
            async { yields(n % 2).await; done.set(done.get() + 1); Ok::<_, &str>(()) }
        })
        .limit(3)
        .await;
        assert!(ended.is_ok());
        assert_eq!((pulled.get(), done.get()), (1_000, 1_000));
    }

    async fn a_poll_pulls_a_bounded_number_though_there_is_no_limit() {
        let pulled = Cell::new(0_u64);
        let mut group = Box::pin(
            group!(xs = for _ in (0_u64..).inspect(|_| pulled.set(pulled.get() + 1)) { async { Ok::<_, &str>(()) } })
                .into_future(),
        );
        assert!(poll_once(group.as_mut()).is_pending());
        assert!((1..=1_024).contains(&pulled.get()), "{} in one poll", pulled.get());
    }

    async fn daemons_do_not_count() {
        let ended = group!(
            #[daemon] one = forever(()),
            #[daemon] two = forever(()),
            #[daemon] #[spawn] three = forever(()),
            work = async { yields(1).await; Ok::<_, &str>(1) },
        )
        .limit(1)
        .await;
        assert_eq!(ended, Ok(1));
    }

    async fn a_limit_above_the_number_of_children_changes_nothing() {
        assert_eq!(group!(xs = for n in 0..5 { async move { Ok::<_, &str>(n) } }).limit(usize::MAX).await, Ok(vec![0, 1, 2, 3, 4]));
        assert_eq!(group!(a = async { Ok::<_, &str>(1) }, b = async { Ok(2) }).limit(7).await, Ok((1, 2)));
    }
}

thread_local! {
    static PLACE: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
}

#[test]
fn limit_zero_panics_at_the_line_of_the_caller_with_a_sentence() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PLACE.set(info.location().map(|at| (at.file().to_owned(), at.line())));
        before(info);
    }));
    let line = line!() + 1;
    let caught = catch_unwind(AssertUnwindSafe(|| drop(group!(a = async { Ok::<_, ()>(()) }).limit(0))));
    let payload = caught.expect_err("it panics");
    let text = payload.downcast_ref::<&str>().map(|text| text.to_string()).or_else(|| payload.downcast_ref().cloned());
    assert!(text.is_some_and(|text| text.contains(".limit(0)") && text.contains(".limit(1)")));
    assert_eq!(PLACE.take(), Some((file!().to_owned(), line)));
}

/// The source goes on after the first pass, so that only the children's reports can wake the owner. Real threads, and
/// therefore real time.
#[test]
fn the_first_blocking_children_to_end_wake_the_owner() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let squares = runtime.block_on(async {
        let squares = group!(
            #[blocking]
            squares = for n in 0..5 {
                move || {
                    std::thread::sleep(std::time::Duration::from_millis(5));
                    Ok::<_, ()>(n * n)
                }
            }
        )
        .limit(2);
        tokio::time::timeout(std::time::Duration::from_secs(20), squares.into_future()).await
    });
    assert_eq!(squares, Ok(Ok(vec![0, 1, 4, 9, 16])));
}
