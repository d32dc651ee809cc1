//! `cancelled()` and `draining()` that a library polls on a task of its own (DESIGN §4).

use std::{future::Future, sync::Arc};

use taskgroup::{Cancelled, cancelled, draining, group, is_draining, task_group, with_current_group};
use taskgroup_tests::*;
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, sleep},
};

/// Serves until its signal comes, as `axum::serve(…).with_graceful_shutdown(…)` does: the signal is awaited on a bare task.
struct Server;

impl Server {
    async fn with_graceful_shutdown(self, signal: impl Future<Output = ()> + Send + 'static) -> Result<u32, Cancelled> {
        let (told, waits) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let tell = told.clone();
        tokio::spawn(async move {
            signal.await;
            tell.notify_one();
        });
        told.notified().await;
        drop(waits);
        Ok(1)
    }
}

#[task_group(drain_on = sleep(ms(5)))]
async fn serves() -> Result<u32, Cancelled> {
    #[child]
    let served = Server.with_graceful_shutdown(draining());
    Ok(served.await)
}

virtual_time! {
    async fn draining_that_is_first_polled_on_a_bare_task_belongs_to_the_group_it_was_created_in() {
        let ended = group!(
            serve = async { Server.with_graceful_shutdown(draining()).await },
            #[spawn] other = async { Server.with_graceful_shutdown(draining()).await },
        )
        .drain_on(sleep(ms(5)))
        .await;
        assert_eq!(ended.expect("no cancellation"), (1, 1));
        assert_eq!(serves().await.expect("no cancellation"), 1);
    }

    async fn cancelled_that_is_first_polled_on_a_bare_task_belongs_to_the_group_it_was_created_in() {
        let (tx, rx) = oneshot::channel();
        let ended = group!(
            #[allow(detached)]
            child = async move {
                let waiting = cancelled();
                drop(tx.send(tokio::spawn(async move { waiting.await.cause().to_string() })));
                forever::<_, Result<(), &str>>(()).await
            },
            fails = after(5, Err::<(), _>("boom")),
        )
        .await;
        assert_eq!(ended.err(), Some("boom"));
        assert_eq!(rx.await.expect("it was sent").await.expect("no panic"), "`fails` failed");
    }

    async fn what_is_first_polled_inside_another_group_belongs_to_that_one() {
        let ended = group!(
            outer = async {
                let (first, second) = (cancelled(), draining());
                // As an arm, each is first polled by the inner group, which is cancelled; the outer one is not.
                let inner = group!(taskgroup::ok(first), taskgroup::ok(second), stops = after(5, Err::<(), _>("inner")))
                    .grace(ms(50))
                    .await;
                assert!(inner.is_err() && !is_draining());
                Ok::<_, &str>(Instant::now())
            },
        );
        let begun = Instant::now();
        assert_eq!(ended.await.expect("no failure") - begun, ms(5));
    }

    async fn a_captured_future_keeps_no_group_waiting() {
        let begun = Instant::now();
        let ended = group!(
            #[allow(detached)]
            #[spawn] child = async {
                let (a, b) = (cancelled(), draining());
                tokio::spawn(async move {
                    sleep(ms(60_000)).await;
                    drop((a, b));
                });
                Ok::<_, &str>(())
            },
        )
        .await;
        assert_eq!((ended, begun.elapsed()), (Ok(()), ms(0)));
    }

    async fn a_captured_future_resolves_when_its_group_is_over() {
        let (waiting, drains) = group!(child = async { Ok::<_, &str>((cancelled(), draining())) }).name("g").await.expect("ok");
        drains.await;
        assert_eq!(waiting.await.cause().to_string(), "`g` had finished");
    }

    async fn a_cancelled_group_drains() {
        let begun = Instant::now();
        let ended = group!(
            accepts = async {
                draining().await;
                assert!(is_draining());
                Ok(())
            },
            fails = after(5, Err::<(), _>("boom")),
        )
        .grace(ms(200))
        .await;
        assert_eq!((ended.err(), begun.elapsed()), (Some("boom"), ms(5)));
    }

    async fn draining_of_an_enclosing_group_that_is_cancelled_resolves_too() {
        let ended = group!(
            outer = async { group!(inner = async { draining().await; Ok::<_, Fail>(is_draining()) }).await },
        )
        .cancel_on(sleep(ms(5)))
        .await;
        assert_eq!(text(ended), "ok true");
    }

    async fn draining_of_a_group_that_is_over_resolves() {
        let mut kept = Box::pin(draining());
        let escaped = group!(child = async {
            let mut waiting = Box::pin(draining());
            assert!(poll_once(waiting.as_mut()).is_pending());
            Ok::<_, &str>(waiting)
        })
        .await;
        escaped.expect("no failure").await;
        // Created outside any group, and first polled there: it belongs to none.
        assert!(poll_once(kept.as_mut()).is_pending());
    }

    async fn a_daemon_that_waits_for_a_drain_only_is_not_listening() {
        let begun = Instant::now();
        let ended = group!(
            #[daemon] async { draining().await; sleep(ms(1_000)).await; Ok(()) },
            child = after(5, Ok::<_, &str>(())),
        )
        .grace(ms(200))
        .await;
        assert_eq!((ended, begun.elapsed()), (Ok(()), ms(5)));
    }
}

on_both_runtimes! {
    async fn with_current_group_finds_the_token_on_a_foreign_thread() {
        let ready = Ready::new();
        let begun = ready.reach(1);
        let saw = Trail::new();
        let words = saw.clone();
        let ended = group!(
            #[blocking] works = move || {
                std::thread::scope(|scope| {
                    let thread = scope.spawn(with_current_group(|| {
                        ready.tick();
                        while taskgroup::checkpoint().is_ok() {
                            std::thread::yield_now();
                        }
                        taskgroup::cause().map(|cause| cause.to_string())
                    }));
                    words.say(thread.join().expect("no panic").expect("it is cancelled"));
                });
                Ok(())
            },
            fails = async { begun.await; Err::<(), _>("boom") },
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(saw.read(), ["`fails` failed"]);
    }

    async fn with_current_group_keeps_no_group_waiting_and_hands_a_panic_on() {
        let (closure, deadline) = group!(#[spawn] child = async {
            Ok::<_, Cancelled>((with_current_group(taskgroup::is_cancelled), taskgroup::deadline()))
        })
        .deadline(Instant::now() + ms(60_000))
        .await
        .expect("it has not waited for the closure");
        assert!(deadline.is_some() && closure());
        assert!(!taskgroup::is_cancelled());
        let panics = with_current_group(|| -> () { panic!("boom") });
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
        assert!(taskgroup::deadline().is_none());
    }
}
