//! An end that a child drops is invisible to other threads until its poll has returned. That of a blocking child never is.

use std::{
    sync::mpsc::{Receiver, Sender, channel},
    time::{Duration, Instant},
};

use taskgroup::{
    channel::{TryRecvError, TrySendError, bounded},
    group,
};
use taskgroup_tests::Fail;

use crate::on_many_threads;

/// How long an end is withheld if the poll that dropped it blocks.
const LONGEST: Duration = Duration::from_millis(100);

/// The side of the child that drops something, and goes on only when the other side has looked.
type Drops = (Sender<Instant>, Receiver<()>);

/// The side that looks.
type Looks = (Sender<()>, Receiver<Instant>);

fn meeting() -> (Drops, Looks) {
    let ((dropped, look), (looked, go_on)) = (channel(), channel());
    ((dropped, go_on), (looked, look))
}

/// Drops something within a poll, and blocks until the other side has looked.
fn drop_and_block(what: impl Sized, (dropped, go_on): Drops) {
    let began = Instant::now();
    drop(what);
    dropped.send(began).expect("the other side");
    go_on.recv().expect("the other side");
}

#[test]
fn neither_side_sees_the_end_of_the_other_before_the_poll_that_dropped_it_has_returned() {
    on_many_threads(async {
        let ((tx, rx), (other, mut others)) = (bounded(1), bounded::<u32>(1));
        let ((rx_here, rx_there), (tx_here, tx_there)) = (meeting(), meeting());
        let ended = group!(
            #[spawn]
            drops = async move {
                tokio::task::block_in_place(|| drop_and_block(rx, rx_here));
                tokio::task::block_in_place(|| drop_and_block(other, tx_here));
                Ok(())
            },
            #[blocking]
            looks = move || {
                let (looked, look) = rx_there;
                let began = look.recv().expect("the other side");
                let closed = (tx.is_closed(), matches!(tx.try_send(1), Err(TrySendError::Closed(_))));
                // On a busy machine, the longest time may have passed: then both are free to say so.
                assert!(closed == (false, false) || began.elapsed() >= LONGEST, "{closed:?}");
                looked.send(()).expect("the other side");
                let (looked, look) = tx_there;
                let began = look.recv().expect("the other side");
                let seen = (others.is_closed(), others.try_recv());
                assert!(seen == (false, Err(TryRecvError::Empty)) || began.elapsed() >= LONGEST, "{seen:?}");
                looked.send(()).expect("the other side");
                Ok::<_, Fail>(())
            },
        )
        .await;
        assert!(ended.is_ok());
    });
}

#[test]
fn the_ends_of_a_blocking_child_are_visible_at_once() {
    on_many_threads(async {
        let ((tx, rx), (other, mut others)) = (bounded(1), bounded::<u32>(1));
        let ((rx_here, rx_there), (tx_here, tx_there)) = (meeting(), meeting());
        let ended = group!(
            #[blocking]
            drops = move || {
                drop_and_block(rx, rx_here);
                drop_and_block(other, tx_here);
                Ok(())
            },
            #[blocking]
            looks = move || {
                let (looked, look) = rx_there;
                look.recv().expect("the other side");
                assert!(tx.is_closed() && matches!(tx.try_send(1), Err(TrySendError::Closed(1))));
                looked.send(()).expect("the other side");
                let (looked, look) = tx_there;
                look.recv().expect("the other side");
                assert!(others.is_closed());
                assert_eq!(others.try_recv(), Err(TryRecvError::Abandoned));
                looked.send(()).expect("the other side");
                Ok::<_, Fail>(())
            },
        )
        .await;
        assert!(ended.is_ok());
    });
}

#[test]
fn the_end_of_a_finished_stream_hides_nothing_and_is_visible_at_once() {
    on_many_threads(async {
        let (tx, mut rx) = bounded::<u32>(1);
        let ((dropped, go_on), (looked, look)) = meeting();
        let ended = group!(
            #[spawn]
            finishes = async move {
                tokio::task::block_in_place(|| {
                    tx.finish();
                    dropped.send(Instant::now()).expect("the other side");
                    go_on.recv().expect("the other side");
                });
                Ok(())
            },
            #[blocking]
            looks = move || {
                look.recv().expect("the other side");
                let seen = (rx.is_closed(), rx.try_recv());
                looked.send(()).expect("the other side");
                Ok::<_, Fail>(seen)
            },
        )
        .await;
        assert_eq!(ended.map(|((), seen)| seen).ok(), Some((true, Ok(None))));
    });
}
