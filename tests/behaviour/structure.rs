//! Nesting, results, order, emptiness, and the places in which a group has to work.

use std::{
    cell::RefCell,
    future::{pending, poll_fn},
    pin::pin,
    task::Poll,
};

use futures::{StreamExt, stream, stream::FuturesUnordered};
use taskgroup::{group, is_cancelled, ok};
use taskgroup_tests::*;
use tokio::task::LocalSet;

every_kind_in_virtual_time! {
    async fn slots_are_in_the_order_written_though_completion_is_reversed() {
        let ended = crowd!(
            a = after(30, Ok::<_, &str>('a')),
            b = after(20, Ok(2)),
            c = after(10, Ok("c")),
            d = after(0, Ok(())),
        )
        .await;
        assert_eq!(ended, Ok(('a', 2, "c", ())));
        let ended = crowd_for!(xs = n in (0..50_u64) {
            async move {
                after(50 - n, Ok::<_, &str>(n)).await
            }
        })
        .await;
        assert_eq!(ended, Ok((0..50).collect()));
    }

    async fn a_for_over_nothing_gives_an_empty_vec() {
        let ended = crowd_for!(xs = _n in (0..0) { pending::<Result<i32, &str>>() }).await;
        assert_eq!(ended, Ok(vec![]));
    }

    async fn one_slot_gives_its_value() {
        assert_eq!(crowd!(a = after(1, Ok::<_, &str>(1))).await, Ok(1));
    }

    async fn dropped_unused_nothing_ran_and_nothing_leaks() {
        let (alive, ran) = (Alive::new(), Flag::new());
        let (here, sets) = (alive.enter(), ran.clone());
        drop(crowd!(a = async move { let _here = here; sets.set(); Ok::<_, &str>(()) }));
        yields(5).await;
        assert!(alive.now() == 0 && !ran.is_set());
    }

    async fn children_run_concurrently() {
        let started = tokio::time::Instant::now();
        let ended = crowd_for!(xs = n in (0..100) {
            async move {
                after(10, Ok::<_, &str>(n)).await
            }
        })
        .await;
        assert_eq!((ended.map(|xs| xs.len()), started.elapsed()), (Ok(100), ms(10)));
    }
}

on_both_runtimes! {
    async fn an_infallible_future_is_adapted() {
        assert_eq!(group!(a = ok(async { 1 }), #[spawn] b = ok(async { "two" }), c = async { Ok::<_, ()>(3) }).await, Ok((1, "two", 3)));
    }

    async fn inline_children_borrow_and_share() {
        let (text, log) = (String::from("text"), RefCell::new(Vec::new()));
        let items = [1, 2, 3];
        let ended = group!(
            a = async { log.borrow_mut().push(text.len()); Ok::<_, &str>(&text[..2]) },
            xs = for item in &items { async { log.borrow_mut().push(*item); Ok(item) } },
        )
        .await;
        assert_eq!(ended, Ok(("te", vec![&1, &2, &3])));
        assert_eq!(log.into_inner(), [4, 1, 2, 3]);
    }

    async fn thirty_two_slots() {
        let ended = group!(
            async { Ok::<_, ()>(1) }, async { Ok(2) }, async { Ok(3) }, async { Ok(4) }, async { Ok(5) }, async { Ok(6) },
            async { Ok(7) }, async { Ok(8) }, async { Ok(9) }, async { Ok(10) }, async { Ok(11) }, async { Ok(12) },
            async { Ok(13) }, async { Ok(14) }, async { Ok(15) }, async { Ok(16) }, async { Ok(17) }, async { Ok(18) },
            async { Ok(19) }, async { Ok(20) }, async { Ok(21) }, async { Ok(22) }, async { Ok(23) }, async { Ok(24) },
            async { Ok(25) }, async { Ok(26) }, async { Ok(27) }, async { Ok(28) }, async { Ok(29) }, async { Ok(30) },
            async { Ok(31) }, async { Ok(32) },
        )
        .await
        .expect("all are ok");
        assert_eq!((ended.0, ended.15, ended.31), (1, 16, 32));
    }

    async fn an_arm_without_a_name_is_called_by_its_path_or_its_position() {
        async fn fetch() -> Result<(), &'static str> { Err("boom") }
        mod api { pub async fn fetch() -> Result<(), &'static str> { Err("boom") } }
        let name = async |group: taskgroup::Failures<&'static str>| group.into_iter().next().map(|(child, _)| child.to_string());
        let failures = group!(fetch()).collect_errors().await.expect_err("it fails");
        assert_eq!(name(failures).await.as_deref(), Some("fetch"));
        let failures = group!(api::fetch()).collect_errors().await.expect_err("it fails");
        assert_eq!(name(failures).await.as_deref(), Some("api::fetch"));
        let failures = group!(async { Ok(1) }, async { Err::<(), _>("boom") }).collect_errors().await.expect_err("it fails");
        assert_eq!(name(failures).await.as_deref(), Some("#2"));
    }

    async fn a_stream_feeds_a_for_with_backpressure() {
        let alive = Alive::new();
        let ended = group!(
            #[stream] xs = for n in stream::iter(0..100).then(async |n| { yields(n % 2).await; n }) {
                async { let _here = alive.enter(); yields(2).await; Ok::<_, &str>(n) }
            },
        )
        .limit(3)
        .await;
        assert_eq!(ended, Ok((0..100).collect()));
        assert!(alive.most() <= 3);
    }

    async fn a_stream_feeds_spawned_children() {
        let ended = group!(#[stream] #[spawn] xs = for n in stream::iter(0..20) { async move { yields(n % 3).await; Ok::<_, &str>(n) } })
            .limit(4)
            .await;
        assert_eq!(ended, Ok((0..20).collect()));
    }

    async fn an_idle_stream_does_not_keep_a_failure_back() {
        let ended = group!(
            #[stream] xs = for n in stream::pending::<i32>() { async move { Ok(n) } },
            fails = async { yields(2).await; Err::<(), _>("boom") },
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
    }

    async fn groups_run_in_select_and_in_futures_unordered() {
        let mut many: FuturesUnordered<_> = (0..20)
            .map(|n| group!(a = async move { yields(n % 4).await; Ok::<_, &str>(n) }, #[spawn] b = yields_ok(n % 3)).into_future())
            .collect();
        let mut sum = 0;
        while let Some(ended) = many.next().await {
            sum += ended.expect("all are ok").0;
        }
        assert_eq!(sum, 190);
        let faster = tokio::select! {
            ended = group!(a = pending::<Result<(), &str>>()).into_future() => panic!("{ended:?}"),
            ended = group!(a = yields_ok(3)).into_future() => ended,
        };
        assert_eq!(faster, Ok(()));
    }

    async fn a_group_is_moved_before_its_first_poll_and_polled_from_many_tasks() {
        let group = group!(#[spawn] a = yields_ok(9), b = yields_ok(9)).into_future();
        let mut group = Box::pin(group);
        assert!(poll_once(group.as_mut()).is_pending());
        assert_eq!(tokio::spawn(group).await.expect("no panic"), Ok(((), ())));
    }

    async fn forgetting_a_half_polled_group_is_safe() {
        let ready = Ready::new();
        let (tick, begun) = (ready.clone(), ready.reach(1));
        let mut group = Box::pin(
            group!(
                #[spawn] a = async move { tick.tick(); yields(5).await; Ok::<_, &str>(is_cancelled()) },
                b = pending::<Result<(), &str>>(),
            )
            .into_future(),
        );
        assert!(poll_once(group.as_mut()).is_pending());
        begun.await;
        std::mem::forget(group);
        yields(20).await;
    }

    async fn a_child_that_is_attached_while_the_group_is_cancelled_is_accounted_for() {
        // Never an orphan: whatever began has ended, whatever has not never does.
        for run in 0..10_000_usize {
            let alive = Alive::new();
            let there = alive.clone();
            let ended = group!(
                #[spawn] fails = async move { yields(run % 3).await; Err::<(), _>("boom") },
                #[spawn] xs = for n in 0..4_usize {
                    let there = there.clone();
                    async move { let _here = there.enter(); yields(n).await; Ok(()) }
                },
            )
            .limit(2)
            .await;
            assert_eq!((ended.err(), alive.now()), (Some("boom"), 0), "run {run}");
            let ever = alive.ever();
            if run % 1_000 == 0 {
                yields(20).await;
            }
            assert_eq!(alive.ever(), ever, "run {run}");
        }
    }
}

async fn yields_ok(n: usize) -> Result<(), &'static str> {
    yields(n).await;
    Ok(())
}

#[test]
fn a_group_that_needs_no_timer_runs_without_a_time_driver() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let ended = runtime.block_on(async {
        group!(
            a = yields_ok(3),
            #[spawn]
            b = yields_ok(2),
            #[blocking]
            c = || Ok(3),
            xs = for n in 0..3 {
                yields_ok(n)
            }
        )
        .limit(2)
        .await
    });
    assert_eq!(ended, Ok(((), (), 3, vec![(); 3])));
}

#[test]
fn a_group_of_inline_children_runs_without_any_runtime() {
    let ended = futures::executor::block_on(async {
        group!(
            a = async { Ok::<_, &str>(1) },
            xs = for n in 0..3 {
                async move { Ok(n) }
            }
        )
        .limit(1)
        .await
    });
    assert_eq!(ended, Ok((1, vec![0, 1, 2])));
    let failed = futures::executor::block_on(async {
        group!(
            a = async {
                taskgroup::cancelled().await;
                Ok(())
            },
            b = async { Err::<(), _>("boom") }
        )
        .await
    });
    assert_eq!(failed.err(), Some("boom"));
}

#[test]
fn a_runtime_that_is_shut_down_under_a_group_is_a_panic_that_says_so() {
    let (first, second) = [(); 2]
        .map(|()| tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime"))
        .into();
    // The children run on the first, the owner on the second.
    let mut group = Box::pin(
        group!(
            #[spawn]
            child = pending::<Result<(), &str>>(),
            other = pending::<Result<(), &str>>()
        )
        .into_future(),
    );
    {
        let _inside = first.enter();
        assert!(poll_once(group.as_mut()).is_pending());
    }
    first.shutdown_timeout(std::time::Duration::from_secs(5));
    let text = second.block_on(panic_of(group));
    assert!(text.contains("runtime was shut down") && text.contains("`child`"), "{text}");
}

#[test]
fn a_group_that_is_dropped_outside_any_runtime_is_dropped() {
    let alive = Alive::new();
    let (a, b) = (alive.enter(), alive.enter());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut group = Box::pin(
        group!(
            a = forever::<_, Result<(), &str>>(a),
            #[spawn]
            b = forever::<_, Result<(), &str>>(b)
        )
        .into_future(),
    );
    runtime.block_on(async { assert!(poll_once(group.as_mut()).is_pending()) });
    drop(group);
    drop(runtime);
    assert_eq!(alive.now(), 0);
}

virtual_time! {
    async fn a_panicking_owner_takes_its_group_along() {
        let alive = Alive::new();
        let (a, b) = (alive.enter(), alive.enter());
        let task = tokio::spawn(async move {
            let mut group = pin!(
                group!(#[spawn] a = forever::<_, Result<(), &str>>(a), b = forever::<_, Result<(), &str>>(b)).into_future()
            );
            poll_fn(|cx| Poll::Ready(group.as_mut().poll(cx).is_pending())).await;
            panic!("the owner")
        });
        assert!(task.await.is_err_and(|error| error.is_panic()));
        taskgroup::orphans().await;
        assert_eq!(alive.now(), 0);
    }

    async fn spawned_children_in_a_local_set() {
        let ended = LocalSet::new()
            .run_until(async { group!(#[spawn] a = yields_ok(3), b = async { Ok(std::rc::Rc::new(1)) }).await })
            .await;
        assert_eq!(ended.map(|(_, rc)| *rc), Ok(1));
    }
}

/// Goes down, one inline group a level.
fn inline_levels(depth: usize) -> std::pin::Pin<Box<dyn Future<Output = Result<usize, &'static str>>>> {
    Box::pin(async move {
        if depth == 0 {
            yields(1).await;
            return if is_cancelled() { Err("cancelled") } else { Ok(0) };
        }
        group!(level = inline_levels(depth - 1)).await.map(|below| below + 1)
    })
}

#[test]
fn inline_groups_nest_deep_and_can_be_failed_and_dropped_there() {
    let depth = if cfg!(debug_assertions) { 250 } else { 500 };
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(move || {
        in_virtual_time(Box::pin(async move {
            assert_eq!(inline_levels(depth).await, Ok(depth));
            let mut group = inline_levels(depth);
            assert!(poll_once(group.as_mut()).is_pending());
            drop(group);
            let ended = group!(deep = inline_levels(depth), fails = async { Err::<(), _>("boom") }).await;
            assert_eq!(ended.err(), Some("boom"));
        }));
    });
    thread.expect("a thread").join().expect("it does not overflow");
}

/// There is no result before the join, so nothing of the children is shown, and they need not be `Debug`.
#[test]
fn a_group_shows_its_name_and_place_and_no_child() {
    struct Opaque;
    let plain = format!("{:?}", group!(async { Ok::<_, ()>(Opaque) }));
    assert!(
        plain.starts_with("Group { location: ") && plain.contains("structure.rs:") && plain.ends_with(", .. }"),
        "{plain}"
    );
    let named = format!("{:?}", group!(secret = async { Ok::<_, ()>(Opaque) }).name("page").limit(2));
    assert!(named.starts_with("Group { name: \"page\", location: ") && !named.contains("secret"), "{named}");
}
