//! What ends a stream, and what is learnt of it at the other end.

use std::panic::catch_unwind;

use taskgroup::{
    channel::{RecvError, SendError, TryRecvError, TrySendError, bounded, unbounded},
    group,
};

use crate::{PANICKED_AT, expect_panics, on_both};

#[test]
fn a_finished_stream_is_drained_and_then_ends() {
    on_both(async || {
        let (tx, mut rx) = bounded(4);
        tx.send(1).await.expect("room");
        tx.send(2).await.expect("room");
        tx.finish();
        assert_eq!(rx.recv().await, Ok(Some(1)));
        assert_eq!(rx.recv().await, Ok(Some(2)));
        for _ in 0..3 {
            assert_eq!(rx.recv().await, Ok(None), "the end stays the end");
        }
    });
}

#[test]
fn a_stream_whose_sender_is_dropped_is_drained_and_then_abandoned() {
    on_both(async || {
        let (tx, mut rx) = unbounded();
        tx.send(1).expect("an open channel");
        drop(tx);
        assert_eq!(rx.recv().await, Ok(Some(1)));
        for _ in 0..3 {
            assert_eq!(rx.recv().await, Err(RecvError::Abandoned), "the end stays the end");
        }
    });
}

#[test]
fn every_clone_has_to_finish() {
    on_both(async || {
        for dropped in 0..4 {
            let (tx, mut rx) = bounded(8);
            let senders = [tx.clone(), tx.clone(), tx.clone(), tx];
            for (n, tx) in senders.into_iter().enumerate() {
                tx.send(n).await.expect("room");
                if n == dropped { drop(tx) } else { tx.finish() }
            }
            for n in 0..4 {
                assert_eq!(rx.recv().await, Ok(Some(n)));
            }
            assert_eq!(rx.recv().await, Err(RecvError::Abandoned), "sender {dropped} did not finish");
        }
        let (tx, mut rx) = bounded::<()>(8);
        tx.clone().finish();
        tx.clone().clone().finish();
        // The clone in between was dropped.
        tx.finish();
        assert_eq!(rx.recv().await, Err(RecvError::Abandoned));
    });
}

#[test]
fn a_stream_of_several_producers_is_whole_when_the_last_one_has_finished() {
    on_both(async || {
        let (tx, mut rx) = bounded(2);
        let (_, sum) = group!(
            producers = for tx in vec![tx; 8] {
                async move {
                    for n in 0..100_u64 {
                        tx.send(n).await.map_err(drop)?;
                    }
                    tx.finish();
                    Ok(())
                }
            },
            sum = async move {
                let mut sum = 0;
                while let Some(n) = rx.recv().await.map_err(drop)? {
                    sum += n;
                }
                Ok::<_, ()>(sum)
            },
        )
        .await
        .expect("nobody fails");
        assert_eq!(sum, 8 * 4950);
    });
}

#[test]
fn the_sender_learns_that_the_receiver_is_gone() {
    on_both(async || {
        let (tx, rx) = bounded(1);
        tx.send(1).await.expect("room");
        let (blocked, ()) = tokio::join!(tx.send(2), async { drop(rx) });
        assert_eq!(blocked, Err(SendError::Closed(2)));
        assert_eq!(tx.send(3).await, Err(SendError::Closed(3)));
        assert_eq!(tx.try_send(4), Err(TrySendError::Closed(4)));
        assert!(tx.is_closed());
        tx.closed().await;

        let (tx, rx) = unbounded();
        drop(rx);
        assert_eq!(tx.send(1), Err(SendError::Closed(1)));
        assert!(tx.is_closed());
        tx.closed().await;
    });
}

#[test]
fn a_closed_channel_is_drained_but_not_whole() {
    on_both(async || {
        let (tx, mut rx) = bounded(4);
        tx.send(1).await.expect("room");
        rx.close();
        assert!(rx.is_closed());
        assert_eq!(tx.send(2).await, Err(SendError::Closed(2)));
        assert_eq!(rx.recv().await, Ok(Some(1)));
        assert_eq!(rx.recv().await, Err(RecvError::Abandoned), "the sender had more to say");
    });
}

#[test]
fn what_can_be_had_at_once() {
    on_both(async || {
        let (tx, mut rx) = bounded(2);
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        assert_eq!((tx.capacity(), tx.max_capacity(), rx.capacity()), (2, 2, Some(2)));
        assert_eq!(tx.try_send(1), Ok(()));
        let permit = tx.reserve().await.expect("room");
        assert_eq!(tx.capacity(), 0);
        assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)));
        permit.send(2);
        assert_eq!((rx.len(), rx.is_empty()), (2, false));
        assert_eq!(rx.try_recv(), Ok(Some(1)));
        tx.finish();
        assert_eq!(rx.try_recv(), Ok(Some(2)));
        assert_eq!(rx.try_recv(), Ok(None));

        let (tx, mut rx) = unbounded::<()>();
        assert_eq!(rx.capacity(), None);
        drop(tx);
        assert_eq!(rx.try_recv(), Err(TryRecvError::Abandoned));
    });
}

#[test]
fn many_at_a_time() {
    on_both(async || {
        let (tx, mut rx) = unbounded();
        for n in 0..5 {
            tx.send(n).expect("an open channel");
        }
        let mut got = Vec::new();
        assert_eq!(rx.recv_many(&mut got, 0).await, Ok(0));
        assert_eq!(rx.recv_many(&mut got, 3).await, Ok(3));
        assert_eq!(rx.recv_many(&mut got, 3).await, Ok(2));
        assert_eq!(got, [0, 1, 2, 3, 4]);
        tx.clone().finish();
        drop(tx);
        assert_eq!(rx.recv_many(&mut got, 3).await, Err(RecvError::Abandoned));
        let (tx, mut rx) = bounded(1);
        tx.finish();
        assert_eq!(rx.recv_many(&mut got, 3).await, Ok(0));
    });
}

#[test]
fn a_channel_without_capacity_is_refused_at_the_line_that_asks_for_it() {
    expect_panics();
    let refused = catch_unwind(|| bounded::<()>(0)).expect_err("refused");
    let (file, line) = (PANICKED_AT.take().expect("a location"), line!() - 1);
    assert!(file.0.ends_with("ends.rs") && file.1 == line, "{file:?}");
    let text = refused.downcast_ref::<&str>().expect("a sentence");
    assert!(text.contains("bounded(1)"), "{text}");
}

#[test]
fn a_channel_of_any_size_and_of_borrowed_messages() {
    let words = String::from("a b c");
    on_both(async || {
        let (tx, mut rx) = bounded(usize::MAX);
        let (_, count) = group!(
            words = async {
                for word in words.split(' ') {
                    tx.send(word).await.map_err(drop)?;
                }
                tx.finish();
                Ok::<_, ()>(())
            },
            count = async move {
                let mut count = 0;
                while let Some(word) = rx.recv().await.map_err(drop)? {
                    count += word.len();
                }
                Ok(count)
            },
        )
        .await
        .expect("nobody fails");
        assert_eq!(count, 3);
    });
}

#[test]
fn errors_say_what_happened_whatever_they_carry() {
    struct Opaque;
    fn is_error<E: std::error::Error + Send + Sync + 'static>(error: E) -> String {
        error.to_string()
    }
    assert!(is_error(SendError::Closed(Opaque)).contains("receiver"));
    assert!(is_error(SendError::Cancelled(Opaque)).contains("cancelled"));
    assert!(is_error(TrySendError::Full(Opaque)).contains("no room"));
    assert!(is_error(RecvError::Abandoned).contains("finish"));
    assert!(is_error(TryRecvError::Abandoned).contains("finish"));
    assert!(is_error(TryRecvError::Empty).contains("no message"));
    assert_eq!(format!("{:?}", SendError::Closed(Opaque)), "Closed(..)");
    let io = std::io::Error::from(RecvError::Abandoned);
    assert_eq!(io.kind(), std::io::ErrorKind::UnexpectedEof);
    assert_eq!(std::io::Error::from(SendError::Closed(Opaque)).kind(), std::io::ErrorKind::BrokenPipe);
}
