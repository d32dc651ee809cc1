//! More of what is left undone: by a drop, by a cancellation, and by a timeout that comes while something is slow.

use std::{collections::BTreeSet, io, sync::Arc, time::Duration};

use taskgroup::{group, is_cancelled, or_cancelled, testing::point};
use tokio::{
    sync::{Notify, mpsc},
    time::{sleep, timeout},
};

use crate::program::{Plain, Program};

const SECOND: Duration = Duration::from_secs(1);

/// A transaction is counted on the side of the client after the server has opened it.
pub struct OpenTransaction;

#[derive(Default)]
pub struct Database {
    open: Plain<bool>,
    depth: Plain<u32>,
}

impl Program for OpenTransaction {
    const NAME: &'static str = "a transaction that stays open";
    const REPORT: &'static str = "transact-rs/sqlx#4385";
    type World = Database;

    async fn run(world: Arc<Database>, mended: bool) {
        struct Rollback<'a>(&'a Database);
        impl Drop for Rollback<'_> {
            fn drop(&mut self) {
                if self.0.depth.get() > 0 {
                    self.0.open.set(false);
                }
            }
        }
        let _rollback = Rollback(&world);
        world.depth.set(u32::from(mended));
        world.open.set(true);
        sleep(SECOND).await; // the answer to BEGIN
        world.depth.set(1);
        sleep(SECOND).await;
    }

    fn check(world: &Database) {
        assert!(!world.open.get(), "a transaction is open on a connection of the pool");
    }
}

/// A message is moved into a `send` that a timeout drops.
pub struct DroppedSend;

impl Program for DroppedSend {
    const NAME: &'static str = "a message that is dropped with its `send`";
    const REPORT: &'static str = "tokio-rs/tokio#5947";
    type World = Plain<u32>;

    async fn run(world: Arc<Plain<u32>>, mended: bool) {
        let (messages, mut inbox) = mpsc::channel(1);
        let producer = async move {
            let mut backlog = vec![3, 2, 1];
            while let Some(message) = backlog.pop() {
                if mended {
                    match timeout(5 * SECOND, messages.reserve()).await {
                        Ok(room) => room.expect("it is open").send(message),
                        Err(_) => backlog.push(message),
                    }
                } else {
                    timeout(5 * SECOND, messages.send(message)).await.ok();
                }
            }
            Ok::<_, io::Error>(())
        };
        let consumer = async {
            while inbox.recv().await.is_some() {
                point("a message is handled").await;
                sleep(SECOND).await;
                world.with(|handled| *handled += 1);
            }
            Ok(())
        };
        group!(producer = producer, consumer = consumer).await.expect("it does not fail");
        assert_eq!(world.get(), 3, "a message is neither sent nor kept");
    }
}

/// A connection is served by a task whose handle is dropped.
pub struct DetachedConnection;

impl Program for DetachedConnection {
    const NAME: &'static str = "a connection that outlives its server";
    const REPORT: &'static str = "tokio-rs/axum#3003";
    type World = ();

    async fn run(_: Arc<()>, mended: bool) {
        let connection = async {
            sleep(SECOND).await;
            Ok::<_, io::Error>(())
        };
        if mended {
            group!(
                #[spawn]
                connection = connection,
                accepts = async {
                    sleep(SECOND).await;
                    Ok(())
                }
            )
            .await
            .expect("it does not fail");
        } else {
            let served = tokio::spawn(connection);
            sleep(2 * SECOND).await;
            served.await.expect("it does not panic").expect("it does not fail");
        }
    }
}

/// A position is acknowledged to the source before it is stored.
pub struct AckBeforeStore;

#[derive(Default)]
pub struct Positions {
    acknowledged: Plain<u32>,
    stored: Plain<u32>,
}

impl Program for AckBeforeStore {
    const NAME: &'static str = "an acknowledgement before the write";
    const REPORT: &'static str = "ConduitIO/conduit#2680";
    type World = Positions;

    async fn run(world: Arc<Positions>, mended: bool) {
        for position in 1..4 {
            if mended {
                sleep(SECOND).await;
                world.stored.set(position);
                world.acknowledged.set(position);
            } else {
                world.acknowledged.set(position);
                sleep(SECOND).await;
                world.stored.set(position);
            }
        }
    }

    fn check(world: &Positions) {
        assert!(world.acknowledged.get() <= world.stored.get(), "the source has forgotten what is not stored");
    }
}

/// The first request of a key loads it, the others wait for it; the first one gives up.
pub struct LeaderThatGaveUp;

#[derive(Default)]
pub struct Flight {
    is_in_flight: Plain<bool>,
    value: Plain<Option<u32>>,
    landed: Notify,
}

impl Flight {
    async fn get(&self, mended: bool) -> u32 {
        struct Landing<'a>(&'a Flight);
        impl Drop for Landing<'_> {
            fn drop(&mut self) {
                self.0.is_in_flight.set(false);
                self.0.landed.notify_waiters();
            }
        }
        loop {
            if let Some(value) = self.value.get() {
                return value;
            }
            let landed = self.landed.notified();
            if self.is_in_flight.with(|is_in_flight| std::mem::replace(is_in_flight, true)) {
                landed.await;
                continue;
            }
            let landing = mended.then(|| Landing(self));
            point("the origin is asked").await;
            sleep(SECOND).await;
            self.value.set(Some(7));
            drop(landing);
            self.landed.notify_waiters();
        }
    }
}

impl Program for LeaderThatGaveUp {
    const NAME: &'static str = "followers of a leader that gave up";
    const REPORT: &'static str = "unkeyed/unkey#7117";
    type World = Flight;

    async fn run(world: Arc<Flight>, mended: bool) {
        let leader = async { Ok::<_, io::Error>(timeout(5 * SECOND, world.get(mended)).await.ok()) };
        let follower = async {
            sleep(SECOND / 2).await;
            Ok(world.get(mended).await)
        };
        let (_, followed) = group!(leader = leader, follower = follower).await.expect("it does not fail");
        assert_eq!(followed, 7);
    }
}

/// A failed attempt is repeated, and a cancelled one taken for a failed one.
pub struct EndlessRetry;

impl Program for EndlessRetry {
    const NAME: &'static str = "a retry that outlives the shutdown";
    const REPORT: &'static str = "neondatabase/neon#5065";
    type World = ();

    async fn run(_: Arc<()>, mended: bool) {
        loop {
            if or_cancelled(sleep(SECOND)).await.is_ok() || (mended && is_cancelled()) {
                return;
            }
            sleep(60 * SECOND).await; // before the next attempt
        }
    }
}

/// A file is staged under another name, and renamed when it is on disk.
pub struct StrandedTemporary;

impl Program for StrandedTemporary {
    const NAME: &'static str = "a temporary file that is stranded";
    const REPORT: &'static str = "tinyhumansai/opencompany#1828";
    type World = Plain<BTreeSet<&'static str>>;

    async fn run(world: Arc<Self::World>, mended: bool) {
        struct Staged<'a>(&'a Plain<BTreeSet<&'static str>>, bool);
        impl Drop for Staged<'_> {
            fn drop(&mut self) {
                if self.1 {
                    self.0.with(|files| files.remove("state.tmp"));
                }
            }
        }
        let _staged = Staged(&world, mended);
        world.with(|files| files.insert("state.tmp"));
        sleep(SECOND).await; // until it is on disk
        world.with(|files| {
            files.remove("state.tmp");
            files.insert("state")
        });
    }

    fn check(world: &Self::World) {
        assert!(!world.with(|files| files.contains("state.tmp")), "a temporary file is left");
    }
}
