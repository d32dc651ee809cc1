//! Everything at once, on many threads: nothing that was accepted is unaccounted for.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use taskgroup::{
    group,
    spawner::{self, Refused, Spawner},
};
use taskgroup_tests::Fail;
use tokio::{runtime::Builder, sync::oneshot, task::JoinSet};

#[derive(Default)]
struct Tally {
    offered: AtomicUsize,
    refused: AtomicUsize,
    begun: AtomicUsize,
    tracked: AtomicUsize,
    tracked_ended: AtomicUsize,
}

/// Offers jobs of every kind until the spawner is closed.
async fn offer(spawner: Spawner<Fail>, tally: Arc<Tally>, number: usize) {
    for n in number.. {
        let count = tally.clone();
        let job = async move {
            count.begun.fetch_add(1, Relaxed);
            if n % 3 == 0 {
                tokio::task::yield_now().await;
            }
            Ok(())
        };
        tally.offered.fetch_add(1, Relaxed);
        let closed = match n % 4 {
            0 => spawner.spawn(job).await.err(),
            1 => spawner.spawn_named("named", job).await.err().map(|refused| Refused::Closed(refused.into_inner())),
            _ => spawner.try_spawn(job).err(),
        };
        match closed {
            None => {}
            Some(Refused::Full(_)) => {
                tally.refused.fetch_add(1, Relaxed);
                tokio::task::yield_now().await;
            }
            Some(Refused::Closed(_)) => {
                tally.refused.fetch_add(1, Relaxed);
                return;
            }
        }
        if n % 5 == 0 {
            let count = tally.clone();
            let tracked = spawner.track(async move {
                tokio::task::yield_now().await;
                count.tracked_ended.fetch_add(1, Relaxed);
            });
            if let Ok(tracked) = tracked {
                tally.tracked.fetch_add(1, Relaxed);
                tokio::spawn(tracked);
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum End {
    Drain,
    Cancel,
    Drop,
}

fn storm(seed: usize, end: End) {
    let runtime = Builder::new_multi_thread().worker_threads(4).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let tally = Arc::<Tally>::default();
        let (spawner, jobs) = if seed % 2 == 0 { spawner::bounded(1 + seed % 7) } else { spawner::unbounded() };
        let mut offers = JoinSet::new();
        for n in 0..4 {
            offers.spawn(offer(spawner.clone(), tally.clone(), n));
        }
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async move { drop(stopped.await) };
        let running = tokio::spawn(async move {
            let group = group!(
                #[stream]
                #[spawn]
                jobs = for job in jobs {
                    job
                }
            )
            .limit(3);
            match end {
                End::Drain => drop(group.drain_on(stopped).await),
                End::Cancel => drop(group.cancel_on(stopped).await),
                End::Drop => {
                    tokio::select! {
                        ended = group.into_future() => drop(ended),
                        () = stopped => {}
                    }
                }
            }
        });
        tokio::time::sleep(Duration::from_micros(300 * seed as u64)).await;
        drop(stop);
        running.await.expect("no panic");
        offers.join_all().await;
        taskgroup::orphans().await;
        let (offered, refused) = (tally.offered.load(Relaxed), tally.refused.load(Relaxed));
        let (begun, lost) = (tally.begun.load(Relaxed), spawner.lost());
        assert_eq!(begun + lost + refused, offered, "{end:?}, {seed}: {begun} began, {lost} lost, {refused} refused");
        if let End::Drain = end {
            assert_eq!(lost, 0, "{seed}");
            assert_eq!(tally.tracked_ended.load(Relaxed), tally.tracked.load(Relaxed), "{seed}");
        }
    });
}

#[test]
fn what_was_offered_began_or_was_lost_or_was_refused() {
    for seed in 0..20 {
        for end in [End::Drain, End::Cancel, End::Drop] {
            storm(seed, end);
        }
    }
}
