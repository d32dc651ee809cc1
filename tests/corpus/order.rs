//! What holds only as long as tasks run in one order.

use std::{io, sync::Arc, time::Duration};

use taskgroup::{
    group,
    testing::{fail_point, point},
};
use tokio::{
    sync::{Mutex, broadcast, mpsc, oneshot, watch},
    time::sleep,
};

use crate::program::{Plain, Program};

const SECOND: Duration = Duration::from_secs(1);

/// A request is over when it is answered, and when its time is up; each gives its place back.
pub struct TwiceReleased;

#[derive(Default)]
pub struct Places {
    taken: Plain<i32>,
    is_over: Plain<bool>,
    log: Mutex<Vec<&'static str>>,
}

impl Program for TwiceReleased {
    const NAME: &'static str = "a place that is given back twice";
    const REPORT: &'static str = "restify/clients#200";
    type World = Places;

    async fn run(world: Arc<Places>, mended: bool) {
        world.taken.set(1);
        let ends = |how: &'static str| {
            let world = world.clone();
            async move {
                sleep(SECOND).await; // the answer and the timeout come at the same time
                let first = if mended {
                    !world.is_over.with(|is_over| std::mem::replace(is_over, true))
                } else {
                    !world.is_over.get()
                };
                if first {
                    world.log.lock().await.push(how);
                    world.is_over.set(true);
                    world.taken.with(|taken| *taken -= 1);
                }
                Ok::<_, io::Error>(())
            }
        };
        group!(
            #[spawn]
            answered = ends("answered"),
            #[spawn]
            timed_out = ends("timed out")
        )
        .await
        .expect("it does not fail");
        assert_eq!(world.taken.get(), 0, "more places are free than there are");
    }
}

/// Everything is stopped at once, the store as well.
pub struct StoreThatClosesFirst;

impl Program for StoreThatClosesFirst {
    const NAME: &'static str = "a store that closes before its writers";
    const REPORT: &'static str = "iotaledger/goshimmer#114";
    type World = Plain<Vec<&'static str>>;

    async fn run(world: Arc<Self::World>, mended: bool) {
        let (stop, mut stopped) = watch::channel(());
        let (write, mut written) = mpsc::channel(8);
        let mut also_stopped = stopped.clone();
        let writer = async move {
            write.send("first words").await.ok();
            stopped.changed().await.ok();
            write.send("last words").await.ok();
            Ok::<_, io::Error>(())
        };
        let store = async {
            loop {
                tokio::select! {
                    biased;
                    word = written.recv() => match word {
                        Some(word) => world.with(|stored| stored.push(word)),
                        None => break,
                    },
                    _ = also_stopped.changed(), if !mended => break,
                }
            }
            Ok(())
        };
        let owner = async {
            sleep(SECOND).await;
            stop.send(()).ok();
            Ok(())
        };
        group!(writer = writer, store = store, owner = owner).await.expect("it does not fail");
        assert_eq!(world.with(|stored| stored.len()), 2, "the last words of the writer are lost");
    }
}

/// Each event is handled on a task of its own.
pub struct EventsOutOfOrder;

impl Program for EventsOutOfOrder {
    const NAME: &'static str = "events that overtake each other";
    const REPORT: &'static str = "librefang/librefang#3841";
    type World = Plain<Vec<u32>>;

    async fn run(world: Arc<Self::World>, mended: bool) {
        let handle = |event: u32| {
            let world = world.clone();
            async move {
                world.with(|handled| handled.push(event));
                Ok::<_, io::Error>(())
            }
        };
        if mended {
            for event in 0..3 {
                group!(
                    #[spawn]
                    handled = handle(event)
                )
                .await
                .expect("it does not fail");
            }
        } else {
            group!(
                #[spawn]
                handled = for event in 0..3 {
                    handle(event)
                }
            )
            .await
            .expect("it does not fail");
        }
        assert_eq!(world.with(|handled| handled.clone()), [0, 1, 2], "closed before it was opened");
    }
}

/// A worker subscribes to the shutdown when it begins to run.
pub struct LateSubscriber;

impl Program for LateSubscriber {
    const NAME: &'static str = "a worker that subscribes too late";
    const REPORT: &'static str = "octos-org/octos#927";
    type World = ();

    async fn run(_: Arc<()>, mended: bool) {
        let (shutdown, _) = broadcast::channel::<()>(1);
        let early = mended.then(|| shutdown.subscribe());
        let sender = shutdown.clone();
        // It is kept, as the state of a server is.
        let _kept = shutdown.clone();
        let worker = async move {
            let mut shutdown = early.unwrap_or_else(|| sender.subscribe());
            drop(sender);
            shutdown.recv().await.ok();
            Ok::<_, io::Error>(())
        };
        let owner = async move {
            drop(shutdown.send(()));
            Ok(())
        };
        group!(
            #[spawn]
            worker = worker,
            #[spawn]
            owner = owner
        )
        .await
        .expect("it does not fail");
    }
}

/// Two attempts run at the same time, and each completes the answer when both have failed.
pub struct CompletedTwice;

#[derive(Default)]
pub struct Attempts {
    failed: Plain<u32>,
    log: Mutex<()>,
}

impl Program for CompletedTwice {
    const NAME: &'static str = "an answer that is completed twice";
    const REPORT: &'static str = "OPCFoundation/UA-.NETStandard#265";
    type World = Attempts;

    async fn run(world: Arc<Attempts>, mended: bool) {
        let (answer, answered) = oneshot::channel::<&'static str>();
        let answer = Arc::new(Plain::default_with(Some(answer)));
        let attempt = || {
            let (world, answer) = (world.clone(), answer.clone());
            async move {
                let failed = world.failed.with(|failed| {
                    *failed += 1;
                    *failed
                });
                let _ = world.log.lock().await;
                let is_last = if mended { failed == 2 } else { world.failed.get() == 2 };
                if is_last {
                    let answer = answer.with(Option::take).expect("it is completed twice");
                    answer.send("both addresses failed").ok();
                }
                Ok::<_, io::Error>(())
            }
        };
        let (_, _, answered) = group!(first = attempt(), second = attempt(), answered = async { Ok(answered.await) })
            .await
            .expect("it does not fail");
        answered.expect("it is completed");
    }
}

/// A task sets its state to running when it starts, and overwrites a cancellation that came first.
pub struct OverwrittenCancellation;

impl Program for OverwrittenCancellation {
    const NAME: &'static str = "a cancellation that is overwritten";
    const REPORT: &'static str = "pocoproject/poco#1706";
    type World = Plain<&'static str>;

    async fn run(world: Arc<Self::World>, mended: bool) {
        world.set("new");
        let task = {
            let world = world.clone();
            async move {
                world.with(|state| {
                    if !mended || *state == "new" {
                        *state = "running";
                    }
                });
                while world.get() != "cancelled" {
                    sleep(60 * SECOND).await;
                }
                Ok::<_, io::Error>(())
            }
        };
        let manager = {
            let world = world.clone();
            async move {
                world.set("cancelled");
                Ok(())
            }
        };
        group!(
            #[spawn]
            task = task,
            #[spawn]
            manager = manager
        )
        .await
        .expect("it does not fail");
    }
}

/// The end of a channel is taken for the end of the data, also if the producer has failed.
pub struct HalfAStream;

impl Program for HalfAStream {
    const NAME: &'static str = "half a stream that is taken for the whole";
    const REPORT: &'static str = "apache/datafusion#3104";
    type World = Plain<Option<u32>>;

    async fn run(world: Arc<Self::World>, mended: bool) {
        let (rows, mut scanned) = mpsc::channel::<Option<u32>>(1);
        let producer = async move {
            for row in 1..4 {
                point("a row is read").await;
                fail_point("the disk fails")?;
                rows.send(Some(row)).await.ok();
            }
            rows.send(None).await.ok();
            Ok::<_, io::Error>(())
        };
        let committed = world.clone();
        let consumer = async move {
            let (mut sum, mut is_whole) = (0, false);
            while let Some(row) = scanned.recv().await {
                sum += row.unwrap_or(0);
                is_whole |= row.is_none();
            }
            if is_whole || !mended {
                committed.set(Some(sum));
            }
            Ok(())
        };
        group!(
            #[spawn]
            producer = producer,
            #[spawn]
            consumer = consumer
        )
        .await
        .ok();
    }

    fn check(world: &Self::World) {
        assert!(matches!(world.get(), None | Some(6)), "a part is committed as the whole");
    }
}
