//! A drain and what the program has accepted: what was sent is done, what was not is not taken.

use std::sync::{Arc, Mutex};

use futures::{StreamExt, stream};
use taskgroup::{Cancelled, accepted, channel, group, is_draining};
use taskgroup_tests::ms;
use tokio::time::{Instant, sleep, timeout};

type Done = Arc<Mutex<Vec<u64>>>;

async fn job(job: Result<u64, channel::RecvError>, done: Done) -> Result<(), String> {
    let job = job.map_err(|error| error.to_string())?;
    sleep(ms(4)).await;
    done.lock().expect("no panic").push(job);
    Ok(())
}

/// Sends one number each millisecond until the group drains, and finishes. Returns how many.
async fn produce(tx: channel::Sender<u64>) -> Result<u64, String> {
    let mut sent = 0;
    while !is_draining() {
        tx.send(sent).await.map_err(|error| error.to_string())?;
        sent += 1;
        sleep(ms(1)).await;
    }
    tx.finish();
    Ok(sent)
}

fn all_of(done: Done) -> Vec<u64> {
    let mut done = std::mem::take(&mut *done.lock().expect("no panic"));
    done.sort_unstable();
    done
}

#[tokio::test(start_paused = true)]
async fn what_a_sibling_had_sent_is_done_under_a_drain_inline() {
    let (tx, rx) = channel::bounded(16);
    let done = Done::default();
    let ended = group!(
        producer = produce(tx),
        #[stream]
        workers = for n in rx {
            job(n, done.clone())
        }
    )
    .limit(3)
    .drain_on(sleep(ms(10)))
    .await;
    assert_eq!(ended.map(|(sent, workers)| (sent, workers.len())), Ok((11, 11)));
    assert_eq!(all_of(done), (0..11).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn what_a_sibling_had_sent_is_done_under_a_drain_spawned() {
    let (tx, rx) = channel::bounded(16);
    let done = Done::default();
    let into = done.clone();
    let ended = group!(
        producer = produce(tx),
        #[stream]
        #[spawn]
        workers = for n in rx {
            job(n, into.clone())
        },
    )
    .limit(3)
    .drain_on(sleep(ms(10)))
    .await;
    assert_eq!(ended.map(|(sent, workers)| (sent, workers.len())), Ok((11, 11)));
    assert_eq!(all_of(done), (0..11).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_borrowed_receiver_is_drained_too() {
    let (tx, mut rx) = channel::bounded(16);
    let done = Done::default();
    let ended = group!(
        producer = produce(tx),
        #[stream]
        workers = for n in &mut rx {
            job(n, done.clone())
        }
    )
    .limit(3)
    .drain_on(sleep(ms(10)))
    .await;
    assert_eq!(ended.map(|(sent, workers)| (sent, workers.len())), Ok((11, 11)));
    assert_eq!(rx.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_producer_that_waits_for_room_at_the_drain_is_served() {
    let (tx, rx) = channel::bounded::<u64>(1);
    let done = Done::default();
    let ended = timeout(
        ms(1_000),
        group!(
            producer = async move {
                let mut sent = 0;
                while !is_draining() && tx.send(sent).await.is_ok() {
                    sent += 1;
                }
                tx.finish();
                Ok(sent)
            },
            #[stream]
            workers = for n in rx {
                job(n, done.clone())
            },
        )
        .limit(2)
        .drain_on(sleep(ms(25)))
        .into_future(),
    )
    .await;
    let (sent, workers) = ended.expect("the producer ends").expect("no failure");
    assert_eq!(workers.len() as u64, sent);
}

/// Runs a child for each of ten items that a stream holds, and drains after the fourth began; returns how many ran.
macro_rules! drained_after_four_of_ten {
    ($source:expr) => {
        group!(
            #[stream]
            xs = for n in $source {
                async move {
                    sleep(ms(4)).await;
                    Ok::<_, ()>(n)
                }
            }
        )
        .limit(2)
        .drain_on(sleep(ms(5)))
        .await
        .expect("no failure")
        .len()
    };
}

#[tokio::test(start_paused = true)]
async fn another_stream_is_pulled_to_its_end_only_if_it_is_marked_as_accepted() {
    assert_eq!(drained_after_four_of_ten!(stream::iter(0..10)), 4);
    assert_eq!(drained_after_four_of_ten!(accepted(stream::iter(0..10))), 10);
    assert_eq!(drained_after_four_of_ten!(&mut accepted(stream::iter(0..10).map(|n| n + 1))), 10);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_behind_an_adapter_is_like_any_other_stream() {
    let (tx, rx) = channel::unbounded();
    (0..10).for_each(|n| tx.send(n).expect("an open channel"));
    tx.finish();
    let ended = group!(
        #[stream]
        xs = for n in rx.map(|n| n.unwrap_or(0)) {
            async move {
                sleep(ms(4)).await;
                Ok::<u64, ()>(n)
            }
        }
    )
    .limit(2)
    .drain_on(sleep(ms(5)))
    .await;
    assert_eq!(ended.map(|xs| xs.len()), Ok(4));
}

#[tokio::test(start_paused = true)]
async fn an_iterator_is_pulled_to_its_end_if_it_is_marked_as_accepted() {
    let (all, some) = group!(
        all = for n in accepted(vec![1; 10]) {
            async move {
                sleep(ms(4)).await;
                Ok::<u64, ()>(n)
            }
        },
        some = for n in vec![1; 10] {
            async move {
                sleep(ms(4)).await;
                Ok::<u64, ()>(n)
            }
        },
    )
    .limit(2)
    .drain_on(sleep(ms(5)))
    .await
    .expect("no failure");
    assert_eq!(all.len(), 10);
    assert_eq!(some.len(), 2);
}

/// In generic code the type of the source is not known, so it is an ordinary one.
async fn generic<S: futures::Stream<Item = u64>>(source: S) -> usize {
    let ended = group!(
        #[stream]
        xs = for n in source {
            async move {
                sleep(ms(4)).await;
                Ok::<_, ()>(n)
            }
        }
    );
    ended.limit(2).drain_on(sleep(ms(5))).await.expect("no failure").len()
}

#[tokio::test(start_paused = true)]
async fn a_source_of_a_generic_type_is_an_ordinary_one() {
    assert_eq!(generic(accepted(futures::stream::iter(0..10))).await, 4);
}

#[tokio::test(start_paused = true)]
async fn a_sender_kept_outside_holds_the_drain_until_its_timeout() {
    let began = Instant::now();
    let (tx, rx) = channel::unbounded::<u64>();
    tx.send(1).expect("an open channel");
    let ended = group!(
        #[stream]
        xs = for n in rx {
            async move { n.map_err(|error| error.to_string()).map(drop) }
        }
    )
    .outcome()
    .drain_on(sleep(ms(5)))
    .drain_timeout(ms(100))
    .await;
    assert!(matches!(ended, Err(taskgroup::Stopped::Cancelled(_))), "{ended:?}");
    assert_eq!(began.elapsed(), ms(105));
    tx.finish();
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_stops_an_accepted_source_as_any_other() {
    let ended = group!(
        xs = for n in accepted(vec![1; 10]) {
            async move {
                sleep(ms(4)).await;
                Ok::<u64, Cancelled>(n)
            }
        }
    )
    .settle()
    .limit(1)
    .drain_on(sleep(ms(5)))
    .cancel_on(sleep(ms(10)))
    .await;
    let done = ended.iter().filter(|end| matches!(end, taskgroup::Settled::Done(_))).count();
    assert_eq!((ended.len(), done), (10, 2));
}
