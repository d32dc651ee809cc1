//! Channels in groups that are cancelled.

use std::{
    future::pending,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use taskgroup::{
    Cause, Stopped,
    channel::{RecvError, SendError, TryRecvError, TrySendError, bounded, unbounded},
    group, shield,
};
use taskgroup_tests::poll_once;
use tokio::time::{Instant, sleep};

use crate::{on_both, on_many_threads};

const SOON: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_value_and_then_the_cancellation_promptly() {
    on_both(async || {
        let began = Instant::now();
        let (tx, mut rx) = bounded(4);
        tx.send(1).await.expect("room");
        let seen = group!(
            reader = async {
                assert_eq!(rx.recv().await, Ok(Some(1)));
                Ok::<_, RecvError>(rx.recv().await)
            }
        )
        .timeout(SOON)
        .grace(LONG)
        .await
        .expect("the reader answers");
        let Err(RecvError::Cancelled(cancelled)) = seen else { panic!("{seen:?}") };
        assert!(matches!(cancelled.cause(), Cause::TimedOut { .. }));
        assert!(began.elapsed() < LONG);
        drop(tx);
    });
}

#[test]
fn blocked_on_a_full_buffer_the_message_comes_back_and_the_buffer_is_intact() {
    on_both(async || {
        let (tx, mut rx) = bounded(2);
        tx.send("a".to_owned()).await.expect("room");
        tx.send("b".to_owned()).await.expect("room");
        let sent = group!(writer = async { Ok::<_, RecvError>(tx.send("c".to_owned()).await) }).timeout(SOON).await;
        assert_eq!(sent.expect("the writer answers"), Err(SendError::Cancelled("c".to_owned())));
        tx.finish();
        assert_eq!(rx.recv().await, Ok(Some("a".to_owned())));
        assert_eq!(rx.recv().await, Ok(Some("b".to_owned())));
        assert_eq!(rx.recv().await, Ok(None));
    });
}

#[test]
fn cancellation_is_looked_at_before_the_data() {
    on_both(async || {
        let (tx, mut rx) = bounded(8);
        tx.send(1).await.expect("room");
        let all = group!(
            child = async {
                taskgroup::cancelled().await;
                assert!(matches!(rx.recv().await, Err(RecvError::Cancelled(_))));
                assert!(matches!(rx.try_recv(), Err(TryRecvError::Cancelled(_))));
                assert!(matches!(rx.recv_many(&mut Vec::new(), 8).await, Err(RecvError::Cancelled(_))));
                assert_eq!(tx.send(2).await, Err(SendError::Cancelled(2)));
                assert_eq!(tx.try_send(3), Err(TrySendError::Cancelled(3)));
                assert_eq!(tx.reserve().await.map(drop), Err(SendError::Cancelled(())));
                Ok::<_, RecvError>(())
            },
        )
        .timeout(SOON)
        .await;
        assert_eq!(all, Ok(()));
        assert_eq!(rx.recv().await, Ok(Some(1)), "nothing was lost");
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "nothing was added");
    });
}

#[test]
fn what_is_buffered_can_be_drained_under_shield() {
    on_both(async || {
        let (tx, mut rx) = bounded(8);
        for n in 0..5 {
            tx.send(n).await.expect("room");
        }
        tx.finish();
        let drained = group!(
            #[spawn]
            child = async move {
                taskgroup::cancelled().await;
                assert!(rx.recv().await.is_err());
                shield(async {
                    let mut all = Vec::new();
                    while let Some(n) = rx.recv().await? {
                        sleep(SOON).await;
                        all.push(n);
                    }
                    Ok::<_, RecvError>(all)
                })
                .await
            }
        )
        .timeout(SOON)
        .await;
        assert_eq!(drained, Ok(vec![0, 1, 2, 3, 4]));
    });
}

#[test]
fn a_loop_over_a_channel_that_never_runs_dry_ends() {
    on_both(async || {
        let (tx, mut rx) = bounded(64);
        let stopped = group!(
            #[spawn]
            writer = async move {
                let mut n = 0_u64;
                loop {
                    match tx.send(n).await {
                        Ok(()) => n += 1,
                        Err(SendError::Closed(_)) => panic!("the reader goes on until it is cancelled"),
                        Err(SendError::Cancelled(_)) => return Ok::<(), RecvError>(()),
                    }
                }
            },
            #[spawn]
            reader = async move {
                while let Some(n) = rx.recv().await? {
                    if n > 1_000_000_000 {
                        break;
                    }
                }
                Ok(())
            },
            // On one thread, in virtual time, the others have to let the clock advance.
            timer = async {
                for _ in 0..200 {
                    tokio::task::yield_now().await;
                }
                Err::<(), _>(RecvError::Abandoned)
            },
        )
        .await;
        assert_eq!(stopped.map(drop), Err(RecvError::Abandoned));
    });
}

#[test]
fn a_loop_that_does_not_stop_at_the_error_still_lets_its_owner_go() {
    on_both(async || {
        let (_tx, mut rx) = bounded::<()>(1);
        let stopped = group!(
            stubborn = async {
                loop {
                    let _ = rx.recv().await;
                }
            },
            broken = async {
                sleep(SOON).await;
                Err::<(), _>("broken")
            },
        )
        .await;
        assert_eq!(stopped.map(drop), Err("broken"));
    });
}

#[test]
fn a_cancelled_receive_loses_no_message_and_steals_none() {
    on_many_threads(async {
        for run in 0..2_000 {
            let (tx, mut rx) = bounded(1);
            let (sent, got) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let stopped = {
                let (sent, got) = (sent.clone(), got.clone());
                let rx = &mut rx;
                group!(
                    #[spawn]
                    writer = async move {
                        for n in 0..50 {
                            match tx.send(n).await {
                                Ok(()) => sent.fetch_add(1, Ordering::Relaxed),
                                Err(_) => break,
                            };
                        }
                        Ok(())
                    },
                    reader = async move {
                        while let Ok(Some(n)) = rx.recv().await {
                            assert_eq!(n, got.fetch_add(1, Ordering::Relaxed));
                        }
                        Ok(())
                    },
                    stop = async move {
                        for _ in 0..run % 23 {
                            tokio::task::yield_now().await;
                        }
                        Err::<(), _>(())
                    },
                )
                .grace(LONG)
                .await
            };
            assert!(stopped.is_err());
            let mut left = 0;
            while let Ok(Some(_)) = rx.recv().await {
                left += 1;
            }
            assert_eq!(sent.load(Ordering::Relaxed), got.load(Ordering::Relaxed) + left, "run {run}");
        }
    });
}

#[test]
fn a_receive_that_is_dropped_loses_nothing() {
    on_both(async || {
        let (tx, mut rx) = bounded(4);
        for _ in 0..3 {
            let mut receive = Box::pin(rx.recv());
            assert!(futures::poll!(receive.as_mut()).is_pending());
        }
        tx.send(1).await.expect("room");
        assert_eq!(rx.recv().await, Ok(Some(1)));
    });
}

#[test]
fn outside_any_group_nothing_is_cancelled_and_inside_each_has_its_own() {
    on_both(async || {
        let (tx, mut rx) = bounded(1);
        // The group is over, and so is its token.
        let failed = group!(
            a = async { Err::<(), _>(rx.recv().await.map(|n: Option<u8>| n.is_some())) },
            b = async { tx.send(1).await.map_err(|_| Ok(false)) }
        )
        .await;
        assert_eq!(failed.map(drop), Err(Ok(true)));
        tx.send(2).await.expect("not cancelled");
        assert_eq!(rx.recv().await, Ok(Some(2)));
    });
}

#[test]
fn a_receive_observes_the_group_that_polls_it_now() {
    on_both(async || {
        let (_tx, mut rx) = unbounded::<()>();
        let mut stream = std::pin::pin!(futures::stream::poll_fn(move |cx| {
            futures::Stream::poll_next(std::pin::Pin::new(&mut rx), cx)
        }));
        // First polled in a group that ends well …
        let first: Result<(), ()> = group!(
            a = async {
                assert!(futures::poll!(futures::StreamExt::next(&mut stream)).is_pending());
                Ok(())
            }
        )
        .await;
        assert_eq!(first, Ok(()));
        // … then outside …
        assert!(futures::poll!(futures::StreamExt::next(&mut stream)).is_pending());
        // … then in one that is cancelled.
        let second = group!(b = async { Ok::<_, RecvError>(futures::StreamExt::next(&mut stream).await) })
            .timeout(SOON)
            .await
            .expect("it answers");
        assert!(matches!(second, Some(Err(RecvError::Cancelled(_)))), "{second:?}");
    });
}

#[test]
fn blocking_children_send_and_receive_and_hear_of_a_cancellation() {
    on_both(async || {
        let (tx, mut rx) = bounded(1);
        let (_, sum) = group!(
            #[blocking]
            numbers = move || {
                for n in 1..=100_u32 {
                    tx.blocking_send(n).map_err(drop)?;
                }
                tx.finish();
                Ok(())
            },
            #[blocking]
            sum = move || {
                let mut sum = 0;
                while let Some(n) = rx.blocking_recv().map_err(drop)? {
                    sum += n;
                }
                Ok::<_, ()>(sum)
            },
        )
        .await
        .expect("nobody fails");
        assert_eq!(sum, 5050);

        let (_tx, mut rx) = bounded::<()>(1);
        let stopped = group!(
            #[blocking]
            reader = move || rx.blocking_recv().map_err(|error| matches!(error, RecvError::Cancelled(_))),
            broken = async {
                tokio::task::yield_now().await;
                Err::<(), _>(true)
            }
        )
        .outcome()
        .await;
        assert!(matches!(stopped, Err(Stopped::Failed { error: true, .. })));
    });
}

#[test]
fn blocking_works_without_a_runtime() {
    let (tx, mut rx) = bounded(1);
    let writer = std::thread::spawn(move || {
        for n in 0..100 {
            tx.blocking_send(n).expect("a receiver");
        }
        tx.finish();
    });
    for n in 0..100 {
        assert_eq!(rx.blocking_recv(), Ok(Some(n)));
    }
    assert_eq!(rx.blocking_recv(), Ok(None));
    writer.join().expect("no panic");
}

#[test]
fn a_permit_holds_its_room_through_a_cancellation() {
    on_both(async || {
        let (tx, mut rx) = bounded(1);
        let kept = group!(
            child = async {
                let permit = tx.reserve().await.map_err(drop)?;
                taskgroup::cancelled().await;
                permit.send(7); // there was room, so it is sent
                Ok::<_, ()>(())
            }
        )
        .outcome()
        .timeout(SOON)
        .await;
        assert!(kept.is_ok());
        assert_eq!(rx.recv().await, Ok(Some(7)));
    });
}

#[test]
fn waiting_for_a_cancellation_leaves_no_trace() {
    on_both(async || {
        let (tx, mut rx) = bounded::<u32>(1);
        let waits = async {
            // A hundred thousand receives that wait, under one token.
            for n in 0..100_000 {
                {
                    let mut receive = std::pin::pin!(rx.recv());
                    assert!(matches!(futures::poll!(receive.as_mut()), Poll::Pending));
                }
                if n % 1000 == 0 {
                    tx.try_send(n).expect("room");
                    assert_eq!(rx.recv().await, Ok(Some(n)));
                }
            }
            Ok::<_, ()>(())
        };
        assert!(
            group!(
                waits,
                #[daemon]
                pending()
            )
            .await
            .is_ok()
        );
    });
}

#[test]
fn a_cancelled_send_gives_its_message_back_though_there_is_room() {
    on_both(async || {
        let (tx, rx) = bounded(4);
        let ended = group!(
            sends = async {
                taskgroup::cancelled().await;
                assert_eq!(tx.send(1).await, Err(SendError::Cancelled(1)));
                assert_eq!((tx.capacity(), tx.reserve().await.map(drop)), (4, Err(SendError::Cancelled(()))));
                Ok(())
            },
            fails = async { Err::<(), _>("boom") },
        )
        .await;
        assert_eq!((ended.err(), rx.len()), (Some("boom"), 0));
    });
}

#[test]
fn a_loop_that_sends_uses_the_budget_up_and_one_that_finds_no_room_does_not() {
    on_both(async || {
        let (tx, _rx) = bounded(1_000);
        tokio::task::yield_now().await;
        let mut sends = pin!(async {
            for n in 0..1_000 {
                tx.send(n).await.expect("a receiver");
            }
        });
        assert!(poll_once(sends.as_mut()).is_pending());
        assert!((500..1_000).contains(&tx.capacity()), "it was cut off: {}", tx.capacity());
        sends.await;
        // A whole budget again.
        tokio::task::yield_now().await;
        for n in 0..500 {
            assert!(poll_once(pin!(tx.send(n))).is_pending());
        }
        assert!(tokio::task::coop::has_budget_remaining());
    });
}
