//! A child that fails drops its channels, and its neighbours answer. The group's error is the child's all the same.

use std::{sync::Mutex, time::Duration};

use taskgroup::{
    channel::{RecvError, SendError, bounded, unbounded},
    group, task_group,
};
use taskgroup_tests::Fail;

use crate::{expect_panics, on_many_threads};

const RUNS: usize = 4_000;

/// Fails on purpose, a while after it began.
async fn busy(steps: usize) {
    for _ in 0..steps {
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_failing_producer_is_the_error_and_not_its_consumer() {
    on_many_threads(async {
        for run in 0..RUNS {
            let (tx, mut rx) = bounded(4);
            // The consumer comes first, so the owner looks at it first.
            let failed = group!(
                #[spawn]
                consumer = async move {
                    while rx.recv().await.map_err(|_| "consumer")?.is_some() {}
                    Ok(())
                },
                #[spawn]
                producer = async move {
                    for n in 0..run % 7 {
                        tx.send(n).await.map_err(|_| "closed")?;
                    }
                    busy(run % 3).await;
                    Err::<(), _>("producer")
                },
            )
            .await;
            assert_eq!(failed.map(drop), Err("producer"), "run {run}");
        }
    });
}

#[test]
fn a_failing_consumer_is_the_error_and_not_its_producer() {
    on_many_threads(async {
        for run in 0..RUNS {
            let (tx, mut rx) = bounded(2);
            let (utx, mut urx) = unbounded();
            let failed = group!(
                #[spawn]
                producer = async move {
                    loop {
                        tx.send(()).await.map_err(|_| "producer")?;
                    }
                },
                #[spawn]
                unbounded = async move {
                    loop {
                        utx.send(()).map_err(|_| "unbounded")?;
                        tokio::task::yield_now().await;
                    }
                },
                #[spawn]
                consumer = async move {
                    for _ in 0..run % 11 {
                        rx.recv().await.map_err(|_| "abandoned")?;
                        urx.recv().await.map_err(|_| "abandoned")?;
                    }
                    Err::<(), _>("consumer")
                },
            )
            .await;
            assert_eq!(failed.map(drop), Err("consumer"), "run {run}");
        }
    });
}

#[test]
fn a_chain_of_four_reports_the_one_that_broke() {
    on_many_threads(async {
        for run in 0..RUNS {
            let broken = run % 4;
            let (a, mut b) = bounded(1);
            let (c, mut d) = bounded(1);
            let (e, mut f) = bounded(1);
            let at = move |me: usize, n: usize| if me == broken && n == run % 13 { Err(me) } else { Ok(()) };
            let failed: Result<((), (), (), ()), usize> = group!(
                #[spawn]
                last = async move {
                    for n in 0.. {
                        f.recv().await.map_err(|_| 13_usize)?;
                        at(3, n)?;
                    }
                    Ok(())
                },
                third = async move {
                    for n in 0.. {
                        d.recv().await.map_err(|_| 12_usize)?;
                        at(2, n)?;
                        e.send(n).await.map_err(|_| 22_usize)?;
                    }
                    Ok(())
                },
                #[spawn]
                second = async move {
                    for n in 0.. {
                        b.recv().await.map_err(|_| 11_usize)?;
                        at(1, n)?;
                        c.send(n).await.map_err(|_| 21_usize)?;
                    }
                    Ok(())
                },
                #[spawn]
                first = async move {
                    for n in 0.. {
                        at(0, n)?;
                        a.send(n).await.map_err(|_| 20_usize)?;
                    }
                    Ok(())
                },
            )
            .await;
            assert_eq!(failed, Err(broken), "run {run}");
        }
    });
}

#[test]
fn a_panicking_producer_is_the_panic() {
    expect_panics();
    let panicked = on_many_threads(async {
        let (tx, mut rx) = bounded::<()>(4);
        let run = tokio::spawn(async move {
            let failed = group!(
                #[spawn]
                consumer = async move { rx.recv().await.map(drop).map_err(|_| "consumer") },
                #[spawn]
                producer = async move {
                    let _tx = tx;
                    if true {
                        panic!("on purpose");
                    }
                    Ok(())
                }
            )
            .await;
            failed.map(drop)
        });
        run.await
    });
    let payload = panicked.expect_err("a panic").into_panic();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"on purpose"));
}

#[test]
fn a_caught_panic_is_the_failure_and_not_the_answer_to_it() {
    expect_panics();
    on_many_threads(async {
        for run in 0..RUNS {
            let (tx, mut rx) = bounded::<()>(4);
            let failed = group!(
                consumer = async move { rx.recv().await.map(drop).map_err(|_| Fail::Own("consumer")) },
                #[spawn]
                producer = async move {
                    let _tx = tx;
                    busy(run % 3).await;
                    if true {
                        panic!("on purpose");
                    }
                    Ok(())
                }
            )
            .catch_panics()
            .await;
            assert!(matches!(failed, Err(Fail::Panicked(_))), "run {run}: {failed:?}");
        }
    });
}

#[test]
fn an_inline_child_that_fails_is_the_error_and_not_its_spawned_neighbour() {
    on_many_threads(async {
        for run in 0..RUNS {
            let (tx, mut rx) = bounded::<()>(4);
            let failed = group!(
                #[spawn]
                consumer = async move { rx.recv().await.map(drop).map_err(|_| "consumer") },
                producer = async move {
                    busy(run % 3).await;
                    drop(tx);
                    // Long enough for the neighbour to answer while this poll goes on.
                    for _ in 0..run % 5 * 1_000 {
                        std::hint::spin_loop();
                    }
                    Err::<(), _>("producer")
                },
            )
            .await;
            assert_eq!(failed.map(drop), Err("producer"), "run {run}");
        }
    });
}

#[test]
fn one_of_many_that_fails_is_the_error_and_the_answers_are_late() {
    on_many_threads(async {
        for run in 0..RUNS {
            let (tx, mut rx) = bounded::<()>(4);
            let late = Mutex::new(Vec::new());
            let failed = group!(
                consumer = async move { rx.recv().await.map(drop).map_err(|_| "consumer") },
                #[spawn]
                producers = for tx in [None, Some(tx), None] {
                    async move {
                        busy(run % 3).await;
                        if tx.is_some() { Err::<(), _>("producer") } else { Ok(()) }
                    }
                },
            )
            .on_late_error(|_, error| late.lock().expect("no panic").push(error))
            .await;
            assert_eq!(failed.map(drop), Err("producer"), "run {run}");
            assert!(late.into_inner().expect("no panic").iter().all(|error| *error == "consumer"), "run {run}");
        }
    });
}

#[task_group]
async fn body_that_consumes(run: usize) -> Result<(), &'static str> {
    let (tx, mut rx) = bounded::<usize>(4);
    #[spawn]
    let producer = async move {
        for n in 0..run % 7 {
            tx.send(n).await.map_err(|_| "closed")?;
        }
        busy(run % 3).await;
        Err::<(), _>("producer")
    };
    while rx.recv().await.map_err(|_| "body")?.is_some() {}
    producer.await;
    Ok(())
}

#[task_group]
async fn children_with_tokens_of_their_own(run: usize) -> Result<(), &'static str> {
    let (tx, mut rx) = bounded::<usize>(4);
    #[child]
    let consumer = async move {
        while rx.recv().await.map_err(|_| "consumer")?.is_some() {}
        Ok(())
    };
    #[spawn]
    let producer = async move {
        let _tx = tx;
        busy(run % 5).await;
        Err::<(), _>("producer")
    };
    (consumer, producer).join().await;
    Ok(())
}

#[test]
fn in_a_function_the_child_that_fails_is_the_error() {
    on_many_threads(async {
        for run in 0..RUNS {
            assert_eq!(body_that_consumes(run).await, Err("producer"), "run {run}");
            assert_eq!(children_with_tokens_of_their_own(run).await, Err("producer"), "run {run}");
        }
    });
}

#[test]
fn an_end_that_is_dropped_in_the_middle_is_visible_at_once() {
    on_many_threads(async {
        // By the child itself, in the same poll.
        let own = group!(
            #[spawn]
            child = async {
                let (tx, rx) = unbounded();
                drop(rx);
                assert_eq!(tx.send(1), Err(SendError::Closed(1)));
                assert!(tx.is_closed());
                let (tx, mut rx) = bounded::<()>(1);
                drop(tx);
                assert_eq!(rx.recv().await, Err(RecvError::Abandoned));
                assert!(rx.is_closed());
                let (tx, rx) = bounded(1);
                drop(rx);
                assert_eq!(tx.send(1).await, Err(SendError::Closed(1)));
                Ok::<_, ()>(())
            }
        )
        .await;
        assert_eq!(own, Ok(()));

        // By a child that goes on for long; the group would wait for it.
        let (tx, mut rx) = bounded::<()>(1);
        let ended = group!(
            #[spawn]
            child = async move {
                drop(tx);
                taskgroup::cancelled().await;
                Ok(())
            },
            waits = async move { rx.recv().await.map(drop) },
        );
        let ended = tokio::time::timeout(Duration::from_secs(20), ended.into_future()).await.expect("no hang");
        assert_eq!(ended.map(drop), Err(RecvError::Abandoned));
    });
}

#[test]
fn a_child_that_ends_well_without_finishing_is_heard_of() {
    on_many_threads(async {
        for _ in 0..RUNS {
            let (tx, mut rx) = bounded::<()>(1);
            let (_, end) = group!(
                #[spawn]
                forgets = async move {
                    drop(tx);
                    Ok(())
                },
                #[spawn]
                hears = async move { Ok::<_, ()>(rx.recv().await) },
            )
            .await
            .expect("nobody fails");
            assert_eq!(end, Err(RecvError::Abandoned));
        }
    });
}

#[test]
fn where_failures_do_not_cancel_the_end_is_visible_too() {
    on_many_threads(async {
        for _ in 0..RUNS {
            let (tx, mut rx) = bounded::<()>(1);
            let (failed, hears) = group!(
                #[spawn]
                fails = async move {
                    let _tx = tx;
                    Err::<(), _>("failed")
                },
                #[spawn]
                hears = async move { Ok(rx.recv().await) },
            )
            .settle()
            .await;
            assert_eq!(failed.err(), Some("failed"));
            assert_eq!(hears.ok(), Some(Err(RecvError::Abandoned)));
        }
    });
}
