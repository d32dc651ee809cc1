//! Streams of other crates as the source of a `for`.

use std::{io, time::Duration};

use futures::{Stream, StreamExt, TryStreamExt, stream};
use taskgroup::{channel, group};
use tokio_stream::wrappers::{IntervalStream, ReceiverStream};

/// The sum of a stream, inline.
async fn inline(source: impl Stream<Item = u64>) -> u64 {
    group!(
        #[stream]
        all = for n in source {
            async move { Ok::<_, ()>(n) }
        }
    )
    .limit(2)
    .await
    .unwrap()
    .iter()
    .sum()
}

/// The sum of a stream, each item on a task.
async fn spawned(source: impl Stream<Item = u64>) -> u64 {
    group!(
        #[stream]
        #[spawn]
        all = for n in source {
            async move { Ok::<_, ()>(n) }
        }
    )
    .limit(2)
    .await
    .unwrap()
    .iter()
    .sum()
}

#[tokio::test(start_paused = true)]
async fn futures_and_tokio_stream() {
    assert_eq!(inline(stream::iter(1..=4).map(|n| n * 2).filter(|n| std::future::ready(n % 4 == 0))).await, 12);
    assert_eq!(spawned(stream::iter(1..=4)).await, 10);
    let (tx, rx) = tokio::sync::mpsc::channel(4);
    tx.send(7).await.unwrap();
    drop(tx);
    assert_eq!(inline(ReceiverStream::new(rx)).await, 7);
    let ticks = IntervalStream::new(tokio::time::interval(Duration::from_millis(10)));
    assert_eq!(inline(ticks.take(3).map(|_| 1)).await, 3);
    let slow = tokio_stream::StreamExt::throttle(stream::iter(1..=3), Duration::from_millis(10));
    assert_eq!(inline(slow).await, 6);
}

#[tokio::test]
async fn a_stream_that_cannot_be_moved() {
    let yields = async_stream::stream! {
        for n in 1..=3 {
            tokio::task::yield_now().await;
            yield n;
        }
    };
    assert_eq!(inline(yields).await, 6);
}

#[tokio::test]
async fn channels_of_others_and_ours() {
    let (tx, rx) = flume::unbounded();
    (1..=3).for_each(|n| tx.send(n).unwrap());
    drop(tx);
    assert_eq!(spawned(rx.into_stream()).await, 6);
    let (tx, rx) = async_channel::unbounded();
    (1..=3).for_each(|n| tx.try_send(n).unwrap());
    drop(tx);
    assert_eq!(inline(rx).await, 6);
    let (tx, rx) = channel::unbounded();
    (1..=3).for_each(|n| tx.send(n).unwrap());
    tx.finish();
    assert_eq!(spawned(rx.map(Result::unwrap)).await, 6);
}

#[tokio::test]
async fn a_stream_of_results() {
    let source = stream::iter([Ok(1), Err(io::Error::other("torn")), Ok(3)]).map_ok(|n| n + 1);
    let sums = group!(
        #[stream]
        for n in source {
            async move { Ok::<u64, io::Error>(n?) }
        }
    )
    .collect_errors()
    .await;
    assert_eq!(sums.unwrap_err().len(), 1);
}

/// There is no `Sink` for our `Sender`: `send_all` takes a whole stream.
#[tokio::test]
async fn a_stream_into_a_channel() {
    let (tx, rx) = channel::bounded(8);
    tx.send_all(stream::iter(1..=4)).await.unwrap();
    tx.finish();
    assert_eq!(inline(rx.map(Result::unwrap)).await, 10);
}
