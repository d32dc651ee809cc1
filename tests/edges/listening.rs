//! A child listens if, judged after its last poll, it has asked for its token, was answered `Cancelled`, or is in a `shield`.

use std::{future::pending, time::Duration};

use taskgroup::{
    cancelled, cause, channel, checkpoint, child_token, deadline, draining, group, in_current_group, is_cancelled,
    is_draining, or_cancelled, shield,
};
use taskgroup_tests::*;
use tokio::time::{Instant, sleep};

use crate::at_the_end;

/// How long the clean-up of a child takes that is cancelled after 10 ms.
const CLEANS_UP: u64 = 50;

/// Runs the child in a group that can say that it was cancelled, inside one that fails after 10 ms and has a grace of a
/// second. The child cleans up if it is allowed to. Evaluates to whether it did, and when the inner group had its answer.
macro_rules! judges {
    ([$(#[$kind:ident])?] $child:expr) => {{
        let (done, began, answered) = (Flag::new(), Instant::now(), std::cell::Cell::new(Duration::ZERO));
        let flag = done.clone();
        let ended = group!(
            inner = async {
                let said = group!(
                    $(#[$kind])?
                    child = async move {
                        $child.await;
                        sleep(ms(CLEANS_UP)).await;
                        flag.set();
                        pending::<Result<(), &str>>().await
                    }
                )
                .outcome()
                .await;
                answered.set(began.elapsed());
                said.map_err(|_| "cancelled")
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(1_000))
        .await;
        assert_eq!(ended.err(), Some("boom"));
        (done.is_set(), answered.get())
    }};
}

/// One test for each way to behave, inline and as a task.
macro_rules! judged {
    ($($name:ident $listens:literal $child:expr;)*) => {
        mod inline {
            use super::*;
            virtual_time! { $(async fn $name() { check($listens, judges!([] $child)); })* }
        }
        mod spawned {
            use super::*;
            virtual_time! { $(async fn $name() { check($listens, judges!([#[spawn]] $child)); })* }
        }
    };
}

/// One that listens goes on for as long as the enclosing grace lets it; another is dropped when the group is cancelled.
fn check(listens: bool, (cleaned_up, answered): (bool, Duration)) {
    if listens {
        assert!(
            cleaned_up && answered == Duration::ZERO,
            "it goes on to the end of the grace: {cleaned_up} {answered:?}"
        );
    } else {
        assert_eq!((cleaned_up, answered), (false, ms(10)), "it is dropped at once");
    }
}

/// Waits until the inner group is cancelled, without asking anything.
async fn until_cancelled() {
    sleep(ms(9)).await;
}

judged! {
    asking_is_cancelled_is_listening true async { is_cancelled(); until_cancelled().await };
    asking_checkpoint_is_listening true async { let _ = checkpoint(); until_cancelled().await };
    asking_cause_is_listening true async { cause(); until_cancelled().await };
    asking_child_token_is_listening true async { child_token(); until_cancelled().await };
    asking_cancelled_is_listening true async { cancelled().await; };
    asking_or_cancelled_is_listening true async { let _ = or_cancelled(pending::<()>()).await; };
    asking_in_current_group_is_listening true async { in_current_group(async {}).await; until_cancelled().await };
    asking_for_the_first_time_in_the_last_poll_is_listening true async { sleep(ms(10)).await; is_cancelled(); };

    looking_at_the_deadline_is_not_asking false async { deadline(); until_cancelled().await };
    looking_at_a_drain_is_not_asking false async { is_draining(); until_cancelled().await };
    waiting_for_a_drain_is_not_asking false async {
        tokio::select! { () = draining() => {}, () = until_cancelled() => {} }
    };
    asking_nothing_is_not_listening false until_cancelled();
    having_received_is_not_listening false async {
        let (tx, mut rx) = channel::unbounded();
        tx.send(1).expect("a receiver");
        assert_eq!(rx.recv().await, Ok(Some(1)));
        until_cancelled().await
    };
    having_run_a_group_that_could_have_answered_is_not_listening false async {
        let ran = group!(a = after(1, Ok::<_, Fail>(1))).timeout(ms(1_000)).await;
        assert!(ran.is_ok());
        until_cancelled().await
    };

    being_answered_by_recv_is_listening true async {
        let (tx, mut rx) = channel::unbounded::<u8>();
        assert!(rx.recv().await.is_err());
        drop(tx);
    };
    being_answered_by_send_is_listening true async {
        let (tx, rx) = channel::bounded(1);
        assert_eq!(tx.send(1).await, Ok(()));
        assert!(tx.send(2).await.is_err());
        drop(rx);
    };
    being_answered_by_a_group_inside_is_listening true async {
        let inside = group!(a = pending::<Result<(), Fail>>()).timeout(ms(10_000)).await;
        assert!(inside.is_err());
    };
    being_answered_by_a_group_two_further_in_is_listening true async {
        let inside = group!(a = async {
            let inside = group!(b = pending::<Result<(), Fail>>()).timeout(ms(10_000)).await;
            assert!(inside.is_err());
            Ok::<_, &str>(())
        }).await;
        assert!(inside.is_ok());
    };

    a_shield_that_is_over_does_not_count false async {
        shield(async { is_cancelled(); sleep(ms(2)).await }).await;
        until_cancelled().await
    };
}

virtual_time! {
    async fn a_child_in_a_shield_finishes_it_and_is_judged_then() {
        let (trail, began) = (Trail::new(), Instant::now());
        let ended = group!(
            inner = async {
                let said = group!(child = async {
                    shield(async { sleep(ms(30)).await; trail.say("saved") }).await;
                    sleep(ms(30)).await;
                    trail.say("never");
                    Ok::<_, &str>(())
                }).outcome().await;
                assert_eq!(began.elapsed(), ms(30));
                said.map(drop).map_err(|_| "cancelled")
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(1_000))
        .await;
        assert_eq!((ended.err(), trail.read()), (Some("boom"), vec!["saved".to_owned()]));
    }

    async fn a_task_that_listens_makes_the_child_listen_that_owns_its_group() {
        let (trail, began) = (Trail::new(), Instant::now());
        let words = trail.clone();
        let ended = group!(
            inner = async {
                let task = async move { cancelled().await; sleep(ms(20)).await; words.say("cleaned up"); Ok::<_, &str>(()) };
                let said = group!(child = async { group!(#[spawn] task = task).await }).outcome().await;
                assert_eq!(began.elapsed(), ms(30));
                said.map_err(|_| "cancelled")
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(1_000))
        .await;
        assert_eq!((ended.err(), trail.read()), (Some("boom"), vec!["cleaned up".to_owned()]));
    }

    async fn a_group_that_ends_by_itself_in_the_last_poll_has_not_been_answered() {
        let (began, fails_now) = (Instant::now(), std::cell::Cell::new(false));
        // When it was dropped: had it been answered, it would keep the grace.
        let dropped = std::cell::Cell::new(None);
        let ended = group!(
            inner = async {
                let child = async {
                    let _at_the_end = at_the_end(|| dropped.set(Some(began.elapsed())));
                    let second = std::future::poll_fn(|_| {
                        if fails_now.get() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
                    });
                    // With an option it has a machine, which looks at how it ended.
                    group!(second = async { second.await; Ok::<_, &str>(()) }).limit(1).await?;
                    pending::<Result<(), &str>>().await
                };
                let said: Result<(), _> = group!(child).error::<&str>().outcome().await;
                said.map_err(|_| "cancelled")
            },
            fails = async { sleep(ms(10)).await; fails_now.set(true); Err::<(), _>("boom") },
        )
        .grace(ms(1_000))
        .await;
        assert_eq!((ended.err(), dropped.get()), (Some("boom"), Some(ms(10))));
    }

    async fn none_leaves_before_all_have_had_their_last_poll_though_that_takes_several_budgets() {
        let (fails_now, reached) = (std::cell::Cell::new(false), std::cell::Cell::new(0));
        let ended = group!(
            inner = async {
                // Each takes a unit of the budget in every poll, so that one poll of the task does not reach all of them.
                let deaf = |_: usize| {
                    let mut is_reached = false;
                    let (fails_now, reached) = (&fails_now, &reached);
                    std::future::poll_fn(move |cx| {
                        let unit = std::pin::pin!(tokio::task::consume_budget());
                        if unit.poll(cx).is_ready() && fails_now.get() && !std::mem::replace(&mut is_reached, true) {
                            reached.set(reached.get() + 1);
                        }
                        std::task::Poll::<Result<(), &str>>::Pending
                    })
                };
                group!(xs = for n in 0..1_000 { deaf(n) }).outcome().await.map(drop).map_err(|_| "cancelled")
            },
            fails = async { sleep(ms(10)).await; fails_now.set(true); Err::<(), _>("boom") },
        )
        .grace(ms(1_000))
        .await;
        assert_eq!((ended.err(), reached.get()), (Some("boom"), 1_000));
    }

    async fn it_is_judged_for_each_child_and_not_for_the_group() {
        let (trail, began) = (Trail::new(), Instant::now());
        let words = trail.clone();
        let ended = group!(
            inner = async {
                group!(
                    listens = async { cancelled().await; after(20, Ok::<_, &str>(())).await },
                    deaf = async { let _gone = trail.last_words(""); pending::<Result<(), &str>>().await },
                    #[spawn] deaf_task = async move { let _gone = words.last_words(""); pending::<Result<(), &str>>().await },
                    xs = for n in 0..10 {
                        async {
                            if n == 3 { cancelled().await; return after(20, Ok(())).await }
                            let _gone = trail.last_words("");
                            pending::<Result<(), &str>>().await
                        }
                    },
                )
                .outcome()
                .await
                .map(drop)
                .map_err(|_| "cancelled")
            },
            fails = after(10, Err::<(), _>("boom")),
            looks = async { sleep(ms(11)).await; assert_eq!(trail.read().len(), 11); Ok(()) },
        )
        .grace(ms(1_000))
        .await;
        assert_eq!((ended.err(), began.elapsed()), (Some("boom"), ms(30)));
    }

    async fn with_a_grace_of_its_own_a_group_keeps_those_that_do_not_listen() {
        let began = Instant::now();
        let ended = group!(
            inner = async {
                let said = group!(a = after(20, Ok::<_, &str>(1)), b = pending()).outcome().grace(ms(40)).await;
                assert_eq!(began.elapsed(), ms(50));
                said.map(|(_, ())| ()).map_err(|_| "cancelled")
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(1_000))
        .await;
        assert_eq!((ended.err(), began.elapsed()), (Some("boom"), ms(50)));
    }

    async fn whichever_grace_ends_first_bounds_a_child_that_listens() {
        for (own, outer, at) in [(30, 1_000, 40), (1_000, 30, 40)] {
            let began = Instant::now();
            let ended = group!(
                inner = async {
                    group!(a = async { cancelled().await; pending::<Result<(), &str>>().await })
                        .outcome()
                        .grace(ms(own))
                        .await
                        .map_err(|_| "cancelled")
                },
                fails = after(10, Err::<(), _>("boom")),
            )
            .grace(ms(outer))
            .await;
            assert_eq!((ended.err(), began.elapsed()), (Some("boom"), ms(at)));
        }
    }

    async fn a_daemon_that_is_answered_by_recv_keeps_its_grace() {
        let (trail, began) = (Trail::new(), Instant::now());
        let (tx, mut rx) = channel::unbounded::<u8>();
        let words = trail.clone();
        let ended = group!(
            #[daemon] #[spawn] store = async move {
                while let Ok(Some(_)) = rx.recv().await {}
                sleep(ms(20)).await;
                words.say("flushed");
                Ok(())
            },
            work = async { tx.send(1).expect("a receiver"); after(10, Ok::<_, &str>(())).await },
        )
        .grace(ms(1_000))
        .await;
        assert_eq!((ended, trail.read(), began.elapsed()), (Ok(()), vec!["flushed".to_owned()], ms(30)));
    }

    async fn a_daemon_with_an_idle_group_inside_that_could_answer_costs_a_clean_end_its_answer_only() {
        let began = Instant::now();
        let ended = group!(
            #[daemon] idle = async {
                loop {
                    let _ = group!(a = pending::<Result<(), Fail>>()).timeout(ms(1)).await;
                    pending::<()>().await;
                }
            },
            work = after(10, Ok::<_, &str>(())),
        )
        .grace(ms(1_000))
        .await;
        assert_eq!((ended, began.elapsed()), (Ok(()), ms(10)));
    }

    async fn a_body_that_does_not_listen_is_dropped_as_a_child_is() {
        #[taskgroup::task_group(timeout = ms(10_000))]
        async fn asks_two(trail: &Trail) -> Result<u32, Fail> {
            let _gone = trail.last_words("body");
            #[child] let a = async { let _gone = trail.last_words("child"); pending::<Result<u32, Fail>>().await };
            Ok(a.await)
        }
        let (trail, began) = (Trail::new(), Instant::now());
        let ended = group!(
            inner = async {
                let said = asks_two(&trail).await;
                assert!(matches!(said, Err(Fail::Cancelled(_))));
                assert_eq!((began.elapsed(), trail.read()), (ms(10), vec!["child".to_owned(), "body".to_owned()]));
                Ok::<_, &str>(())
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(1_000))
        .await;
        assert_eq!((ended.err(), began.elapsed()), (Some("boom"), ms(10)));
    }

    async fn a_body_that_does_not_listen_leaves_when_its_section_is_over() {
        #[taskgroup::task_group(timeout = ms(10_000))]
        async fn pays(trail: &Trail) -> Result<u32, Fail> {
            shield(sleep(ms(50))).await;
            #[child] let one = async { Ok(1) };
            let one = one.await;
            trail.say("went on");
            Ok(one)
        }
        let (trail, began) = (Trail::new(), Instant::now());
        let ended = group!(
            inner = async {
                let said = pays(&trail).await;
                assert!(matches!(said, Err(Fail::Cancelled(_))));
                assert_eq!((began.elapsed(), trail.read()), (ms(50), Vec::<String>::new()));
                Ok::<_, &str>(())
            },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(1_000))
        .await;
        assert_eq!(ended.err(), Some("boom"));
    }

    async fn a_body_does_not_listen_because_a_child_of_its_did() {
        #[taskgroup::task_group(timeout = ms(10_000))]
        async fn waits() -> Result<u32, Fail> {
            #[child] let one = async { Ok(u32::from(!is_cancelled())) };
            sleep(ms(1_000)).await;
            Ok(one.await)
        }
        let (trail, began) = (Trail::new(), Instant::now());
        let ended = group!(
            inner = async {
                assert!(matches!(waits().await, Err(Fail::Cancelled(_))));
                trail.say("answered");
                Ok::<_, Fail>(())
            },
        )
        .timeout(ms(10))
        .await;
        assert_eq!((ended.is_ok(), trail.read(), began.elapsed()), (true, vec!["answered".to_owned()], ms(10)));
    }

    async fn a_body_that_listens_starts_children_for_its_clean_up() {
        #[taskgroup::task_group(timeout = ms(10_000))]
        async fn cleans_up(trail: &Trail) -> Result<u32, Fail> {
            cancelled().await;
            #[child] let a = async { trail.say("inline"); after(10, Ok::<_, Fail>(1)).await };
            #[spawn] let b = after(20, Ok::<_, Fail>(2));
            Ok(a.await + b.await)
        }
        let (trail, began) = (Trail::new(), Instant::now());
        let ended = group!(
            inner = async { assert_eq!(cleans_up(&trail).await.ok(), Some(3)); Ok::<_, &str>(()) },
            fails = after(10, Err::<(), _>("boom")),
        )
        .grace(ms(1_000))
        .await;
        assert_eq!((ended.err(), trail.read(), began.elapsed()), (Some("boom"), vec!["inline".to_owned()], ms(30)));
    }
}
