//! A receiver whose stream was abandoned knows which child dropped the sender, where that is known.

use std::future::pending;

use taskgroup::{
    channel::{Receiver, RecvError, Sender, bounded, unbounded},
    group, ok, spawner, task_group, with_current_group,
};
use taskgroup_tests::{Fail, ms};
use tokio::{
    task::yield_now,
    time::{sleep, timeout},
};

use crate::{expect_panics, on_both, on_many_threads};

/// Receives to the end, and returns the name of the child that abandoned the stream.
pub(crate) async fn abandoned_by(rx: &mut Receiver<u32>) -> Option<String> {
    loop {
        match rx.recv().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the stream is not complete"),
            Err(RecvError::Abandoned) => return rx.abandoned_by().map(|name| name.to_string()),
            Err(RecvError::Cancelled(_)) => panic!("the reader is not cancelled"),
        }
    }
}

/// Sends a message, and forgets to finish.
async fn forgets(tx: Sender<u32>) -> Result<(), Fail> {
    tx.send(1).await.map_err(|_| Fail::Own("closed"))?;
    yield_now().await;
    Ok(())
}

#[test]
fn it_is_the_child_that_forgot_to_finish_wherever_that_child_runs() {
    on_both(async || {
        macro_rules! says {
            ($name:literal, $tx:ident => $($arm:tt)*) => {{
                let ($tx, mut rx) = bounded(4);
                let seen = group!($($arm)*, reader = ok(abandoned_by(&mut rx))).await;
                assert_eq!(seen.map(|(_, name)| name).ok(), Some(Some($name.to_owned())));
                // The reader before the child, in written order.
                let ($tx, mut rx) = bounded(4);
                let seen = group!(reader = ok(abandoned_by(&mut rx)), $($arm)*).await;
                assert_eq!(seen.map(|(name, _)| name).ok(), Some(Some($name.to_owned())));
            }};
        }
        says!("inline", tx => inline = forgets(tx));
        says!("forgets", tx => forgets(tx));
        says!("task", tx => #[spawn] task = forgets(tx));
        says!("thread", tx => #[blocking] thread = move || tx.blocking_send(1).map_err(|_| Fail::Own("closed")));
        says!("items[0]", tx => items = for tx in [tx] { forgets(tx) });
        says!("tasks[0]", tx => #[spawn] tasks = for tx in [tx] { forgets(tx) });
        says!("threads[0]", tx => #[blocking] threads = for tx in [tx] {
            move || tx.blocking_send(1).map_err(|_| Fail::Own("closed"))
        });
    });
}

#[test]
fn it_is_a_daemon_too() {
    on_both(async || {
        let (tx, mut rx) = bounded(4);
        let seen = group!(
            #[daemon]
            ticks = forgets(tx),
            reader = ok::<_, Fail>(abandoned_by(&mut rx))
        )
        .await;
        assert_eq!(seen.ok(), Some(Some("ticks".to_owned())));
    });
}

#[test]
fn it_is_the_one_that_failed_or_panicked() {
    expect_panics();
    on_both(async || {
        let ((tx, mut rx), (other, mut others)) = (bounded(4), bounded(4));
        let ended = group!(
            fails = async move {
                let _tx = tx;
                sleep(ms(1)).await;
                Err::<(), _>(Fail::Own("boom"))
            },
            #[spawn]
            panics = async move {
                let _tx = other;
                sleep(ms(1)).await;
                if true {
                    panic!("on purpose");
                }
                Ok(())
            },
        )
        .settle()
        .catch_panics()
        .await;
        drop(ended);
        assert_eq!(abandoned_by(&mut rx).await, Some("fails".to_owned()));
        assert_eq!(abandoned_by(&mut others).await, Some("panics".to_owned()));
    });
}

#[test]
fn it_is_the_one_that_was_stopped_before_it_could_finish() {
    on_both(async || {
        let (mut inline, mut task, mut item) = (bounded(4), bounded(4), bounded(4));
        let holds = async |tx: Sender<u32>| {
            let _tx = tx;
            pending::<Result<(), Fail>>().await
        };
        let ended = group!(
            inline = holds(inline.0),
            #[spawn]
            task = {
                let tx = task.0;
                async move {
                    let _tx = tx;
                    pending::<Result<(), Fail>>().await
                }
            },
            items = for tx in [item.0] {
                holds(tx)
            },
            fails = async {
                sleep(ms(1)).await;
                Err::<(), _>(Fail::Own("boom"))
            },
        )
        .await;
        assert!(ended.is_err());
        for (rx, name) in [(&mut inline.1, "inline"), (&mut task.1, "task"), (&mut item.1, "items[0]")] {
            assert_eq!(abandoned_by(rx).await.as_deref(), Some(name));
        }
    });
}

#[test]
fn it_is_the_innermost_child() {
    on_both(async || {
        let (tx, mut rx) = bounded(4);
        let seen = group!(
            outer = async { group!(inner = forgets(tx), other = async { Ok(()) }).await.map(drop) },
            reader = ok(abandoned_by(&mut rx)),
        )
        .await;
        assert_eq!(seen.map(|(_, name)| name).ok(), Some(Some("inner".to_owned())));
    });
}

#[test]
fn it_is_the_child_that_owns_the_group_whose_owner_dropped_it() {
    on_both(async || {
        let (tx, mut rx) = bounded::<u32>(4);
        let seen = group!(
            owner = async {
                // An option's future is code of the owner, and of no child of that group.
                let stop = async move { drop(tx) };
                let ended = group!(child = pending::<Result<(), Fail>>()).cancel_on(stop).await;
                assert!(ended.is_err());
                Ok::<_, Fail>(())
            },
            reader = ok(abandoned_by(&mut rx)),
        )
        .await;
        assert_eq!(seen.map(|(_, name)| name).ok(), Some(Some("owner".to_owned())));
    });
}

#[test]
fn a_child_is_not_taken_for_the_owner_that_was_polled_before_it() {
    on_both(async || {
        let (tx, mut rx) = bounded::<u32>(4);
        let mut tx = Some(tx);
        let seen = group!(
            child = async {
                sleep(ms(5)).await;
                Ok::<_, Fail>(())
            },
            reader = ok(abandoned_by(&mut rx))
        )
        // Polled in the same pass, and never ready.
        .drain_on(async move {
            drop(tx.take());
            pending::<()>().await
        })
        .await;
        assert_eq!(seen.map(|(_, name)| name).ok(), Some(None));
        // The source of a `for` is code of the owner, and its first child is polled at once.
        let (tx, mut rx) = bounded::<u32>(4);
        let mut tx = Some(tx);
        let seen = group!(
            reader = ok::<_, Fail>(abandoned_by(&mut rx)),
            items = for _ in (0..2).inspect(|_| drop(tx.take())) {
                async { Ok(()) }
            },
        )
        .await;
        assert_eq!(seen.map(|(name, _)| name).ok(), Some(None));
    });
}

#[test]
fn it_is_the_first_one_of_several() {
    on_both(async || {
        let (tx, mut rx) = bounded(8);
        let seen = group!(
            senders = for (n, tx) in [(3, tx.clone()), (1, tx.clone()), (2, tx)] {
                async move {
                    sleep(ms(20 * n)).await;
                    forgets(tx).await
                }
            },
            reader = ok(abandoned_by(&mut rx)),
        )
        .await;
        assert_eq!(seen.map(|(_, name)| name).ok(), Some(Some("senders[1]".to_owned())));
    });
}

#[task_group]
async fn service(tx: Sender<u32>, other: Sender<u32>, third: Sender<u32>) -> Result<(), Fail> {
    let body = third;
    #[child]
    let inline = forgets(tx);
    #[spawn]
    forgets(other);
    inline.await;
    drop(body);
    Ok(())
}

#[test]
fn it_is_a_child_of_a_function_or_its_body() {
    on_both(async || {
        let (mut inline, mut task, mut body) = (bounded(4), bounded(4), bounded(4));
        let ended = group!(
            service(inline.0, task.0, body.0),
            reader = async {
                assert_eq!(abandoned_by(&mut inline.1).await.as_deref(), Some("inline"));
                assert_eq!(abandoned_by(&mut task.1).await.as_deref(), Some("forgets"));
                assert_eq!(abandoned_by(&mut body.1).await.as_deref(), Some("service"));
                Ok(())
            },
        )
        .await;
        assert!(ended.is_ok());
    });
}

#[task_group]
async fn fails_early(tx: Sender<u32>, other: Sender<u32>) -> Result<(), Fail> {
    let _body = other;
    #[child]
    let holds = async {
        let _tx = tx;
        pending::<Result<(), Fail>>().await
    };
    #[child]
    async {
        sleep(ms(1)).await;
        Err::<(), _>(Fail::Own("boom"))
    };
    holds.await;
    Ok(())
}

#[test]
fn it_is_the_body_or_the_child_of_a_function_that_was_dropped() {
    on_both(async || {
        let (mut child, mut body) = (bounded(4), bounded(4));
        assert!(fails_early(child.0, body.0).await.is_err());
        assert_eq!(abandoned_by(&mut child.1).await.as_deref(), Some("holds"));
        assert_eq!(abandoned_by(&mut body.1).await.as_deref(), Some("fails_early"));
    });
}

#[test]
fn it_is_a_job_by_the_name_that_it_was_given() {
    on_both(async || {
        let (spawner, jobs) = spawner::unbounded();
        let (mut named, mut plain, mut stopped, mut tracked) = (bounded(4), bounded(4), bounded(4), bounded(4));
        let (tx, holds) = (named.0, stopped.0);
        spawner.spawn_named("index", forgets(tx)).await.expect("open");
        spawner.spawn(forgets(plain.0)).await.expect("open");
        let holds = async move {
            let _tx = holds;
            pending::<Result<(), Fail>>().await
        };
        spawner.spawn_named("holds", holds).await.expect("open");
        let track = tracked.0;
        let ended = group!(
            #[stream]
            #[spawn]
            jobs = for job in jobs {
                job
            },
            #[allow(detached)]
            work = async {
                let request = spawner.track(forgets(track)).map_err(|_| Fail::Own("refused"))?;
                assert!(tokio::spawn(request).await.is_ok_and(|ended| ended.is_ok()));
                sleep(ms(5)).await;
                Err::<(), _>(Fail::Own("boom"))
            },
        )
        .await;
        assert!(ended.is_err());
        assert_eq!(abandoned_by(&mut named.1).await.as_deref(), Some("index"));
        assert_eq!(abandoned_by(&mut plain.1).await.as_deref(), Some("jobs[1]"));
        assert_eq!(abandoned_by(&mut stopped.1).await.as_deref(), Some("holds"));
        assert!(abandoned_by(&mut tracked.1).await.is_some());
    });
}

#[test]
fn it_is_not_known_outside_any_group_and_on_foreign_threads() {
    on_both(async || {
        let (tx, mut rx) = bounded(4);
        drop(tx);
        assert_eq!(abandoned_by(&mut rx).await, None);
        let (tx, mut rx) = bounded(4);
        let ended = group!(
            #[blocking]
            thread = move || {
                std::thread::scope(|scope| {
                    scope.spawn(with_current_group(move || drop::<Sender<u32>>(tx)));
                });
                Ok::<_, Fail>(())
            }
        )
        .await;
        assert!(ended.is_ok());
        assert_eq!(abandoned_by(&mut rx).await, None);
    });
}

#[test]
fn a_finished_sender_names_nothing_and_an_unbounded_one_does() {
    on_both(async || {
        let (tx, mut rx) = unbounded();
        let other = tx.clone();
        let seen = group!(
            finishes = async {
                tx.send(1).expect("open");
                tx.finish();
                Ok::<_, Fail>(())
            },
            forgets = async {
                sleep(ms(5)).await;
                drop(other);
                Ok(())
            },
            reader = ok(abandoned_by(&mut rx)),
        )
        .await;
        assert_eq!(seen.map(|(_, _, name)| name).ok(), Some(Some("forgets".to_owned())));
    });
}

#[test]
fn on_many_threads_it_is_there_as_soon_as_the_end_is() {
    on_many_threads(async {
        for run in 0..2_000_u32 {
            let (tx, mut rx) = bounded(4);
            let seen = group!(
                #[spawn]
                reader = async move { Ok::<_, Fail>(abandoned_by(&mut rx).await) },
                #[spawn]
                sender = async move {
                    for _ in 0..run % 3 {
                        yield_now().await;
                    }
                    drop(tx);
                    Ok(())
                },
            )
            .await;
            assert_eq!(seen.map(|(name, ())| name).ok(), Some(Some("sender".to_owned())), "run {run}");
        }
        // With the group dropped, too.
        let (tx, mut rx) = bounded(4);
        let holds = async move {
            let _tx = tx;
            pending::<Result<(), Fail>>().await
        };
        assert!(
            timeout(
                ms(5),
                group!(
                    #[spawn]
                    holds = holds
                )
                .into_future()
            )
            .await
            .is_err()
        );
        assert_eq!(abandoned_by(&mut rx).await.as_deref(), Some("holds"));
    });
}
