//! What encloses a group is what can drop it, and only that (DESIGN §2.5).

use std::{
    future::{Future, pending, poll_fn},
    pin::pin,
    sync::{Arc, Mutex, mpsc},
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use taskgroup::{Stopped, cancelled, group, in_current_group, shield};
use taskgroup_tests::*;
use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
    time::{Instant, sleep, timeout},
};

/// Runs an inner group in one that fails after 10 ms and has a grace of 1,000.
macro_rules! inside {
    ($inner:expr) => {
        group!(inner = async { $inner.await }, fails = after(10, Err::<(), _>("outer"))).grace(ms(1_000))
    };
}

virtual_time! {
    async fn a_failure_in_a_group_cancelled_from_outside_drops_those_that_do_not_listen() {
        let (trail, began) = (Trail::new(), Instant::now());
        let words = trail.clone();
        let ended = inside!(async {
            let inner = group!(
                a = after(50, Err::<(), _>("inner")),
                b = async { let _gone = trail.last_words("inline"); pending::<Result<(), &str>>().await },
                #[spawn] c = async move { let _gone = words.last_words("task"); pending::<Result<(), &str>>().await },
            )
            .await;
            assert_eq!((inner.err(), began.elapsed()), (Some("inner"), ms(50)));
            Ok::<_, &str>(())
        })
        .await;
        assert_eq!((ended.err(), trail.sorted(), began.elapsed()), (Some("outer"), vec!["inline".into(), "task".into()], ms(50)));
    }

    async fn and_those_that_listen_go_on_as_long_as_the_enclosing_grace_lets_them() {
        let (trail, began) = (Trail::new(), Instant::now());
        let words = trail.clone();
        let ended = inside!(group!(
            a = after(50, Err::<(), _>("inner")),
            b = async { cancelled().await; sleep(ms(100)).await; trail.say("inline"); pending::<Result<(), &str>>().await },
            #[spawn] c = async move { cancelled().await; sleep(ms(200)).await; words.say("task"); Ok::<_, &str>(()) },
        ))
        .await;
        assert_eq!((ended.err(), trail.read(), began.elapsed()), (Some("outer"), vec!["inline".into(), "task".into()], ms(1_010)));
    }

    async fn or_as_long_as_the_groups_own_grace_lets_them() {
        let began = Instant::now();
        let ended = inside!(async {
            let inner = group!(
                a = after(50, Err::<(), _>("inner")),
                b = async { cancelled().await; pending::<Result<(), &str>>().await },
            )
            .grace(ms(30))
            .await;
            assert_eq!((inner.err(), began.elapsed()), (Some("inner"), ms(80)));
            Ok::<_, &str>(())
        })
        .await;
        assert_eq!(ended.err(), Some("outer"));
    }

    async fn so_do_the_daemons_of_a_group_that_finishes_after_it_was_cancelled_from_outside() {
        let (trail, began) = (Trail::new(), Instant::now());
        let ended = group!(
            inner = async {
                group!(
                    work = async { taskgroup::cancelled().await; Ok(()) },
                    #[daemon] cleans_up = async {
                        taskgroup::cancelled().await;
                        sleep(ms(50)).await;
                        trail.say("cleaned up");
                        Ok(())
                    },
                )
                .await
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(1_000))
        .await;
        assert_eq!((ended.err(), trail.read(), began.elapsed()), (Some("boom"), vec!["cleaned up".to_owned()], ms(60)));
    }

    async fn the_others_get_their_last_poll_in_a_group_cancelled_from_outside() {
        let trail = Trail::new();
        let ended = inside!(async {
            let inner = group!(
                a = after(50, Err::<(), _>("inner")),
                b = async { let mut n = 0; std::future::poll_fn(|_| { n += 1; trail.say(n.to_string()); std::task::Poll::<()>::Pending }).await; Ok(()) },
            )
            .await;
            // The first one, that of the cancellation outside, that at 50 ms, and the last one.
            assert_eq!((inner.err(), trail.read().len()), (Some("inner"), 4));
            Ok::<_, &str>(())
        })
        .await;
        assert_eq!(ended.err(), Some("outer"));
    }
}

fn detached<F: Future<Output: Send> + Send + 'static>(future: F) -> tokio::task::JoinHandle<F::Output> {
    tokio::spawn(future)
}

/// A group in which a child fails while its sibling does not listen: it ends only by its own rules.
async fn fails_beside_a_deaf_one() -> Option<&'static str> {
    group!(
        a = async {
            yields(3).await;
            Err::<(), _>("inner")
        },
        b = pending::<Result<(), &str>>()
    )
    .await
    .err()
}

/// The same beside one that listens, but stays.
async fn fails_beside_a_listening_one() -> Option<&'static str> {
    let stays = async {
        cancelled().await;
        pending::<Result<(), &str>>().await
    };
    group!(
        a = async {
            yields(3).await;
            Err::<(), _>("inner")
        },
        b = stays
    )
    .await
    .err()
}

async fn ends<T>(what: impl IntoFuture<Output = T>) -> T {
    timeout(ms(60_000), what).await.expect("it ends by its own rules")
}

/// Runs `work` in a blocking child whose group has been cancelled, because another child failed. Returns what it said.
fn below_a_blocking_child(work: impl FnOnce(&Handle, &Trail) + Send + 'static) -> Vec<String> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (ready, said) = (Ready::new(), Trail::new());
        let (begun, words) = (ready.reach(1), said.clone());
        let handle = Handle::current();
        let ended = group!(
            #[blocking]
            block = move || {
                ready.tick();
                while !taskgroup::is_cancelled() {
                    std::thread::yield_now();
                }
                work(&handle, &words);
                Ok(())
            },
            fails = async {
                begun.await;
                Err::<(), _>("outer")
            },
        )
        .await;
        assert_eq!(ended.err(), Some("outer"));
        said.read()
    })
}

#[test]
fn below_a_blocking_child_a_groups_own_rules_hold() {
    let said = below_a_blocking_child(|handle, words| {
        words.say(handle.block_on(ends(fails_beside_a_deaf_one())).unwrap_or_default());
        words.say(handle.block_on(ends(fails_beside_a_listening_one())).unwrap_or_default());
    });
    assert_eq!(said, ["inner", "inner"]);
}

#[test]
fn below_a_blocking_child_the_own_grace_holds() {
    let said = below_a_blocking_child(|handle, words| {
        let inner = group!(
            a = async {
                yields(3).await;
                Err::<(), _>("inner")
            },
            b = async {
                cancelled().await;
                sleep(ms(20)).await;
                words.say("cleaned up");
                Ok(())
            },
            c = async {
                cancelled().await;
                pending::<Result<(), &str>>().await
            },
        )
        .grace(ms(60));
        words.say(handle.block_on(ends(inner)).err().unwrap_or_default());
    });
    assert_eq!(said, ["cleaned up", "inner"]);
}

virtual_time! {
    async fn in_a_carried_context_a_groups_own_rules_hold() {
        let ended = inside!(async {
            let carried = in_current_group(async {
                cancelled().await;
                [ends(fails_beside_a_deaf_one()).await, ends(fails_beside_a_listening_one()).await]
            });
            let task = detached(carried);
            assert_eq!(task.await.expect("no panic"), [Some("inner"); 2]);
            Ok::<_, &str>(())
        })
        .await;
        assert_eq!(ended.err(), Some("outer"));
    }

    async fn in_a_tracked_future_a_groups_own_rules_hold() {
        let trail = Trail::new();
        let ended = inside!(async {
            let (spawner, jobs) = taskgroup::spawner::unbounded();
            group!(
                #[stream] jobs = for job in jobs { job },
                tracks = async {
                    let tracked = spawner.track(async {
                        cancelled().await;
                        [ends(fails_beside_a_deaf_one()).await, ends(fails_beside_a_listening_one()).await]
                    });
                    let said = detached(tracked.map_err(|_| "refused")?).await.expect("no panic");
                    trail.say(format!("{:?}", said.ok()));
                    Ok::<_, &str>(())
                },
            )
            .await
            .map(drop)
        })
        .await;
        assert_eq!((ended.err(), trail.read()), (Some("outer"), vec![r#"Some([Some("inner"), Some("inner")])"#.to_owned()]));
    }

    async fn under_a_group_that_has_ended_a_groups_own_rules_hold() {
        let (go, gone) = tokio::sync::oneshot::channel::<()>();
        let task = group!(a = async {
            Ok::<_, &str>(detached(in_current_group(async move {
                gone.await.expect("a sender");
                [ends(fails_beside_a_deaf_one()).await, ends(fails_beside_a_listening_one()).await]
            })))
        })
        .await
        .expect("no failure");
        go.send(()).expect("a receiver");
        assert_eq!(task.await.expect("no panic"), [Some("inner"); 2]);
    }

    async fn a_group_that_is_moved_out_of_one_that_has_ended_has_its_own_rules() {
        let mut moved = Box::pin(group!(
            a = async { sleep(ms(50)).await; Err::<(), _>("inner") },
            b = async { cancelled().await; pending::<Result<(), &str>>().await },
        )
        .into_future());
        let first = group!(a = async { assert!(polls(moved.as_mut(), 1).await.is_none()); Err::<(), _>("outer") }).await;
        assert_eq!(first.err(), Some("outer"));
        assert_eq!(ends(moved).await.err(), Some("inner"));
    }

    async fn a_group_that_was_cancelled_from_outside_can_still_cancel_itself() {
        let began = Instant::now();
        let ended = inside!(async {
            let stays = async { cancelled().await; pending::<Result<(), Fail>>().await };
            let inner = group!(stays).cancel_on(sleep(ms(40))).await;
            assert!(matches!(inner, Err(Fail::Cancelled(_))));
            assert_eq!(began.elapsed(), ms(40));
            Ok::<_, &str>(())
        })
        .await;
        assert_eq!(ended.err(), Some("outer"));
    }

    async fn a_section_still_holds_where_the_own_rules_hold() {
        let (trail, began) = (Trail::new(), Instant::now());
        let ended = inside!(async {
            let inner = group!(
                a = after(50, Err::<(), _>("inner")),
                b = async { shield(async { sleep(ms(100)).await; trail.say("saved") }).await; pending::<Result<(), &str>>().await },
            )
            .await;
            assert_eq!((inner.err(), began.elapsed()), (Some("inner"), ms(100)));
            Ok::<_, &str>(())
        })
        .await;
        assert_eq!((ended.err(), trail.read()), (Some("outer"), vec!["saved".to_owned()]));
    }
}

/// Holds the thread that wakes it, which is the one that cancels, until the group inside has ended.
struct HoldsTheCancellation {
    ended: Mutex<mpsc::Receiver<Stopped<()>>>,
    seen: Mutex<Option<Stopped<()>>>,
    then: Waker,
}

impl Wake for HoldsTheCancellation {
    fn wake(self: Arc<Self>) {
        *self.seen.lock().unwrap() = self.ended.lock().unwrap().recv_timeout(Duration::from_secs(30)).ok();
        self.then.wake_by_ref();
    }
}

/// A cancellation wakes what waits in the enclosing group before it reaches the groups inside. One of them that runs on
/// another thread has to answer with its cause all the same.
#[test]
fn a_group_that_a_cancellation_has_not_reached_yet_knows_its_cause() {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (tells, ended) = mpsc::channel();
    let (registers, registered) = oneshot::channel();
    let (waits, waiting) = oneshot::channel();
    let seen = runtime.block_on(async {
        let mut held = None;
        let outer = group!(
            #[spawn]
            enclosed = async move {
                let inner = group!(
                    #[spawn]
                    stuck = pending::<Result<(), ()>>()
                );
                let mut inner = pin!(inner.outcome().into_future());
                // From its first poll on, it is among those that are woken.
                assert!(poll_fn(|cx| Poll::Ready(inner.as_mut().poll(cx).is_pending())).await);
                registers.send(()).unwrap();
                tells.send(inner.await.unwrap_err()).unwrap();
                Ok(())
            },
            holds = async {
                registered.await.unwrap();
                let (ended, seen, then) =
                    (Mutex::new(ended), Mutex::default(), poll_fn(|cx| Poll::Ready(cx.waker().clone())).await);
                let waker = held.insert(Arc::new(HoldsTheCancellation { ended, seen, then })).clone().into();
                let mut cancellation = pin!(cancelled());
                assert!(cancellation.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
                waits.send(()).unwrap();
                pending::<Result<(), _>>().await
            },
            fails = async {
                waiting.await.unwrap();
                Err::<(), _>(())
            },
        );
        outer.name("outer").await.map(drop).unwrap_err();
        held.unwrap().seen.lock().unwrap().take()
    });
    let Some(Stopped::Cancelled(cancelled)) = seen else { panic!("it did not end in between: {seen:?}") };
    assert_eq!(cancelled.cause().to_string(), "`fails` failed");
}
