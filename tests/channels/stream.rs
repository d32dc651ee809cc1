//! A receiver as a `Stream`, and a sender fed from one.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use taskgroup::{
    channel::{RecvError, SendError, bounded, unbounded},
    group,
};
use tokio::time::sleep;

use crate::on_both;

#[test]
fn a_whole_stream_is_collected() {
    on_both(async || {
        let (tx, rx) = bounded(2);
        let (_, all) = group!(
            from = async move {
                tx.send_all(stream::iter(0..10)).await.map_err(drop)?;
                tx.finish();
                Ok::<_, ()>(())
            },
            all = async move { rx.try_collect::<Vec<_>>().await.map_err(drop) },
        )
        .await
        .expect("nobody fails");
        assert_eq!(all, (0..10).collect::<Vec<_>>());
    });
}

#[test]
fn an_abandoned_stream_says_so_once_and_ends() {
    on_both(async || {
        let (tx, rx) = unbounded();
        tx.send(1).expect("an open channel");
        drop(tx);
        let all = rx.collect::<Vec<_>>().await;
        assert_eq!(all, [Ok(1), Err(RecvError::Abandoned)]);
    });
}

#[test]
fn the_items_of_a_for_come_from_a_channel() {
    on_both(async || {
        let (tx, rx) = bounded(4);
        let (_, doubled) = group!(
            numbers = async move {
                for n in 0..20 {
                    tx.send(n).await.map_err(|_| RecvError::Abandoned)?;
                }
                tx.finish();
                Ok(())
            },
            #[stream]
            doubled = for n in rx {
                async move { Ok::<_, RecvError>(n? * 2) }
            },
        )
        .limit(5)
        .await
        .expect("nobody fails");
        assert_eq!(doubled, (0..20).map(|n| n * 2).collect::<Vec<_>>());
    });
}

#[test]
fn half_a_stream_fails_the_for_that_it_feeds() {
    on_both(async || {
        let (tx, rx) = bounded(4);
        let ended = group!(
            numbers = async move {
                tx.send(1).await.map_err(|_| RecvError::Abandoned)?;
                Ok(()) // forgets to finish
            },
            #[stream]
            doubled = for n in rx {
                async move { Ok::<_, RecvError>(n? * 2) }
            },
        )
        .await;
        assert_eq!(ended.map(|(_, doubled)| doubled), Err(RecvError::Abandoned));
    });
}

#[test]
fn sending_all_gives_back_what_was_under_way() {
    on_both(async || {
        let (tx, rx) = bounded(2);
        let mut numbers = stream::iter(0..);
        let sent = group!(from = async { Ok::<_, RecvError>(tx.send_all(&mut numbers).await) })
            .timeout(Duration::from_millis(2))
            .await
            .expect("it answers");
        assert_eq!(sent, Err(SendError::Cancelled(Some(2))));
        assert_eq!(numbers.next().await, Some(3));

        let mut silent = stream::once(async {
            sleep(Duration::from_secs(3600)).await;
            1
        })
        .boxed();
        let sent = group!(from = async { Ok::<_, RecvError>(tx.send_all(&mut silent).await) })
            .timeout(Duration::from_millis(2))
            .await
            .expect("it answers");
        assert_eq!(sent, Err(SendError::Cancelled(None)));

        drop(rx);
        assert_eq!(tx.send_all(stream::iter([7, 8])).await, Err(SendError::Closed(Some(7))));
    });
}
