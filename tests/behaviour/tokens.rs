//! The token: found, not passed.

use std::{
    cell::{Cell, RefCell},
    future::{pending, poll_fn},
    sync::{Arc, Mutex},
    task::Poll,
};

use taskgroup::{
    cancelled, cause, checkpoint, child_token, deadline, draining, group, in_current_group, is_cancelled, is_draining,
    or_cancelled,
};
use taskgroup_tests::*;
use tokio::{task::LocalSet, time::sleep};
use tokio_util::sync::CancellationToken;

every_kind! {
    async fn it_is_found_at_any_depth_of_calls() {
        async fn deep(levels: usize) -> String {
            if levels == 0 { cancelled().await.cause().to_string() } else { Box::pin(deep(levels - 1)).await }
        }
        let (trail, ready) = (Trail::new(), Ready::new());
        let (words, begun) = (trail.clone(), ready.reach(1));
        let ended = crowd!(
            child = async move { ready.tick(); words.say(deep(50).await); Ok(()) },
            fails = async { begun.await; Err::<(), _>("boom") },
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(trail.read(), ["`fails` failed"]);
    }

    async fn or_cancelled_delivers_a_value_that_is_ready_even_after_a_cancellation() {
        let (trail, ready) = (Trail::new(), Ready::new());
        let (words, begun) = (trail.clone(), ready.reach(1));
        let ended = crowd!(
            child = async move {
                ready.tick();
                cancelled().await;
                words.say(format!("{:?}", or_cancelled(async { 7 }).await));
                words.say(format!("{}", or_cancelled(pending::<()>()).await.is_err()));
                Ok(())
            },
            fails = async { begun.await; Err::<(), _>("boom") },
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(trail.read(), ["Ok(7)", "true"]);
    }

    async fn cancelling_a_child_token_stops_only_what_it_was_given_to() {
        let ended = crowd!(
            careless = async {
                let token = child_token();
                token.cancel();
                yields(3).await;
                assert!(token.is_cancelled() && !is_cancelled() && !child_token().is_cancelled());
                Ok::<_, &str>(1)
            },
            sibling = async { yields(10).await; assert!(!is_cancelled()); Ok(2) },
        )
        .await;
        assert_eq!(ended, Ok((1, 2)));
    }

    async fn a_child_token_is_cancelled_with_the_group_and_after_it() {
        let kept: Arc<Mutex<Vec<CancellationToken>>> = Arc::default();
        for fails in [false, true] {
            let (keep, ready) = (kept.clone(), Ready::new());
            let begun = ready.reach(1);
            let ended = crowd!(
                maker = async move { keep.lock().expect("no panic").push(child_token()); ready.tick(); Ok(()) },
                other = async move { begun.await; if fails { Err("boom") } else { Ok(()) } },
            )
            .await;
            assert_eq!(ended.is_err(), fails);
        }
        let kept = kept.lock().expect("no panic");
        assert_eq!(kept.len(), 2);
        assert!(kept.iter().all(CancellationToken::is_cancelled));
    }

    async fn a_cancelled_belongs_to_the_group_that_first_polls_it_and_keeps_it() {
        // Made and first polled in the inner group, awaited by the outer one after the inner has finished.
        let ended = crowd!(
            child = async {
                let slot = Arc::new(Mutex::new(None));
                let inside = slot.clone();
                let inner = crowd!(maker = async move {
                    let mut waiting = Box::pin(cancelled());
                    assert!(poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx))).await.is_pending());
                    *inside.lock().expect("no panic") = Some(waiting);
                    Ok::<_, &str>(())
                })
                .name("inner")
                .await;
                assert_eq!(inner, Ok(()));
                let waiting = slot.lock().expect("no panic").take().expect("it was put there");
                let why = waiting.await; // nothing that escaped waits for ever
                assert!(!is_cancelled());
                Ok::<_, &str>(why.cause().to_string())
            },
        )
        .await;
        assert_eq!(ended, Ok("`inner` had finished".to_owned()));
    }
}

on_both_runtimes! {
    async fn outside_a_group_nothing_is_cancelled() {
        assert!(!is_cancelled() && !is_draining() && cause().is_none() && checkpoint().is_ok() && deadline().is_none());
        assert!(!child_token().is_cancelled());
        assert_eq!(or_cancelled(async { 1 }).await.ok(), Some(1));
        let mut waiting = Box::pin(cancelled());
        let mut drains = Box::pin(draining());
        assert!(polls(waiting.as_mut(), 5).await.is_none() && polls(drains.as_mut(), 5).await.is_none());
        assert!(!in_current_group(async { is_cancelled() }).await);
    }

    async fn it_is_found_on_the_blocking_pool() {
        let ready = Ready::new();
        let begun = ready.reach(1);
        let saw = Trail::new();
        let words = saw.clone();
        let ended = group!(
            #[blocking] works = move || {
                ready.tick();
                loop {
                    if let Err(why) = checkpoint() {
                        assert!(is_cancelled() && cause().as_ref() == Some(why.cause()));
                        words.say(why.cause().to_string());
                        return Ok(());
                    }
                    std::thread::yield_now();
                }
            },
            fails = async { begun.await; Err::<(), _>("boom") },
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(saw.read(), ["`fails` failed"]);
    }

    async fn a_bare_spawn_sees_none_and_in_current_group_carries_it() {
        let (ready, carried) = (Ready::new(), Arc::new(Mutex::new(None)));
        let begun = ready.reach(1);
        let ended = group!(
            #[allow(detached)]
            child = async {
                let bare = tokio::spawn(async { deadline().is_some() || is_cancelled() });
                assert!(!bare.await.expect("no panic"));
                let ready = ready.clone();
                let task = in_current_group(async move { ready.tick(); cancelled().await.cause().to_string() });
                *carried.lock().expect("no panic") = Some(tokio::spawn(task));
                Ok(())
            },
            fails = async { begun.await; Err::<(), _>("boom") },
        )
        .await;
        assert!(ended.is_err());
        let task = carried.lock().expect("no panic").take().expect("it was spawned");
        assert_eq!(task.await.expect("no panic"), "`fails` failed");
    }

    async fn the_code_outside_an_inner_group_sees_the_outer_token_again() {
        let ended = group!(outer = async {
            let inner = group!(a = async { is_cancelled(); Err::<(), _>("inner") }).await;
            assert_eq!(inner, Err("inner"));
            assert!(!is_cancelled() && cause().is_none());
            Ok::<_, &str>(1)
        })
        .await;
        assert_eq!(ended, Ok(1));
        assert!(!is_cancelled());
    }

    async fn select_and_join_inside_a_child_see_it() {
        let seen = Cell::new(0);
        let ended = group!(
            selects = async {
                tokio::select! {
                    _ = cancelled() => seen.set(seen.get() + 1),
                    () = pending() => {}
                }
                Ok(())
            },
            joins = async {
                tokio::join!(async { cancelled().await; seen.set(seen.get() + 1) }, cancelled());
                Ok(())
            },
            fails = async { yields(2).await; Err::<(), _>("boom") },
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(seen.get(), 2);
    }

    async fn a_child_that_is_moved_between_threads_keeps_it() {
        let ended = group!(#[spawn] hops = async {
            let _in_use = is_cancelled();
            for _ in 0..50 {
                tokio::task::yield_now().await;
                assert!(deadline().is_none() && !is_cancelled());
            }
            Ok::<_, &str>(())
        })
        .await;
        assert_eq!(ended, Ok(()));
    }

    async fn a_group_inside_a_bare_task_is_in_no_group() {
        let ended = group!(
            #[allow(detached)]
            outer = async {
                let task = tokio::spawn(async { group!(a = async { Ok::<_, ()>(is_cancelled()) }).outcome().await.is_ok() });
                cancelled().await;
                Ok::<_, &str>(task.await.expect("no panic"))
            },
        )
        .outcome()
        .cancel_on(yields(3))
        .grace(ms(10_000))
        .await;
        assert_eq!(ended.ok(), Some(true));
    }
}

virtual_time! {
    async fn strangers_in_a_local_set_that_a_child_polls_see_the_token_of_that_child() {
        let saw = RefCell::new(Vec::new());
        let ended = group!(
            child = async {
                let local = LocalSet::new();
                local.run_until(async {
                    let stranger = tokio::task::spawn_local(async { cancelled().await.cause().to_string() });
                    let why = stranger.await.expect("no panic");
                    saw.borrow_mut().push(why);
                })
                .await;
                Ok(())
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(100))
        .await;
        assert!(ended.is_err());
        assert_eq!(saw.into_inner(), ["`fails` failed"]);
    }

    async fn a_group_in_a_local_set_runs_children_that_are_not_send() {
        let local = LocalSet::new();
        let ended = local
            .run_until(async {
                tokio::task::spawn_local(async {
                    let shared = std::rc::Rc::new(Cell::new(0));
                    group!(
                        a = async { sleep(ms(1)).await; shared.set(shared.get() + 1); Ok::<_, &str>(()) },
                        b = async { shared.set(shared.get() + 1); Ok(()) },
                        #[spawn] c = after(5, Ok(())),
                    )
                    .await
                    .map(|_| shared.get())
                })
                .await
                .expect("no panic")
            })
            .await;
        assert_eq!(ended, Ok(2));
    }
}
