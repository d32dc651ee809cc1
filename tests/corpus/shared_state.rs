//! What other tasks do to shared state between two awaits of one.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use taskgroup::group;
use tokio::{
    sync::{Mutex, Notify},
    time::timeout,
};

use crate::program::Program;

/// A table of balances with a lock for each statement, as a database has.
#[derive(Default)]
pub struct Balance(Mutex<i64>);

impl Balance {
    async fn read(&self) -> i64 {
        *self.0.lock().await
    }

    async fn write(&self, value: i64) {
        *self.0.lock().await = value;
    }
}

/// A balance is read, and written back after another await.
pub struct LostUpdate;

impl Program for LostUpdate {
    const NAME: &'static str = "an update that is lost across an await";
    const REPORT: &'static str = "yapzhenyie/GadgetsMenu#1044";
    type World = Balance;

    async fn run(world: Arc<Balance>, mended: bool) {
        let deposit = async |amount: i64| {
            if mended {
                *world.0.lock().await += amount;
            } else {
                let before = world.read().await;
                world.write(before + amount).await;
            }
            Ok::<_, io::Error>(())
        };
        group!(salary = deposit(100), rent = deposit(-60)).await.expect("it does not fail");
        assert_eq!(world.read().await, 40, "a deposit is lost");
    }
}

/// A cache in front of something that is expensive to load.
#[derive(Default)]
pub struct Cache {
    entries: Mutex<BTreeMap<u32, u32>>,
    origin: Mutex<()>,
    loads: AtomicUsize,
}

impl Cache {
    async fn load(&self, key: u32) -> u32 {
        let _connection = self.origin.lock().await;
        self.loads.fetch_add(1, SeqCst);
        key * 2
    }
}

/// A miss is noticed, and filled after the lock on the cache was given up.
pub struct TwoMisses;

impl Program for TwoMisses {
    const NAME: &'static str = "a check of a shared map before an act";
    const REPORT: &'static str = "ConsenSys-archive/ganache#4411";
    type World = Cache;

    async fn run(world: Arc<Cache>, mended: bool) {
        let request = |key: u32| {
            let world = world.clone();
            async move {
                if mended {
                    let mut entries = world.entries.lock().await;
                    if let Entry::Vacant(vacant) = entries.entry(key) {
                        vacant.insert(world.load(key).await);
                    }
                } else if !world.entries.lock().await.contains_key(&key) {
                    let value = world.load(key).await;
                    world.entries.lock().await.insert(key, value);
                }
                Ok::<_, io::Error>(())
            }
        };
        group!(
            #[spawn]
            requests = for key in [7, 7, 7] {
                request(key)
            }
        )
        .await
        .expect("it does not fail");
        assert_eq!(world.loads.load(SeqCst), 1, "the origin is asked more than once for one key");
    }
}

/// Two accounts, each with a lock of its own.
#[derive(Default)]
pub struct Accounts {
    first: Mutex<i64>,
    second: Mutex<i64>,
}

/// Two transfers in opposite directions take the locks in opposite orders.
pub struct TwoLocks;

impl Program for TwoLocks {
    const NAME: &'static str = "two locks in two orders";
    const REPORT: &'static str = "microsoft/libHttpClient#312";
    type World = Accounts;

    async fn run(world: Arc<Accounts>, mended: bool) {
        let there = {
            let world = world.clone();
            async move {
                let mut from = world.first.lock().await;
                let mut to = world.second.lock().await;
                (*from, *to) = (*from - 10, *to + 10);
                Ok::<_, io::Error>(())
            }
        };
        let back = {
            let world = world.clone();
            async move {
                if mended {
                    let mut to = world.first.lock().await;
                    let mut from = world.second.lock().await;
                    (*from, *to) = (*from - 10, *to + 10);
                } else {
                    let mut from = world.second.lock().await;
                    let mut to = world.first.lock().await;
                    (*from, *to) = (*from - 10, *to + 10);
                }
                Ok(())
            }
        };
        group!(
            #[spawn]
            there = there,
            #[spawn]
            back = back
        )
        .await
        .expect("it does not fail");
    }
}

/// A latch, and the notification of those that wait for it.
#[derive(Default)]
pub struct Latch {
    is_open: std::sync::atomic::AtomicBool,
    opened: Notify,
    settings: Mutex<u32>,
}

/// The latch is looked at, and waited for a little later.
pub struct MissedNotify;

impl Program for MissedNotify {
    const NAME: &'static str = "a `Notify` that is missed";
    const REPORT: &'static str = "octos-org/octos#927";
    type World = Latch;

    async fn run(world: Arc<Latch>, mended: bool) {
        let latch = world.clone();
        let waits = async move {
            if mended {
                // Registered before the second look.
                let mut opened = std::pin::pin!(latch.opened.notified());
                opened.as_mut().enable();
                let _ = *latch.settings.lock().await;
                if !latch.is_open.load(SeqCst) {
                    opened.await;
                }
            } else if !latch.is_open.load(SeqCst) {
                let _ = *latch.settings.lock().await;
                latch.opened.notified().await;
            }
            Ok::<_, io::Error>(())
        };
        let latch = world.clone();
        let opens = async move {
            *latch.settings.lock().await += 1;
            latch.is_open.store(true, SeqCst);
            latch.opened.notify_waiters();
            Ok(())
        };
        group!(
            #[spawn]
            waits = waits,
            #[spawn]
            opens = opens
        )
        .await
        .expect("it does not fail");
    }
}

/// A pool with one connection, and the list of those that wait for it.
#[derive(Default)]
pub struct Pool {
    waiting: std::sync::Mutex<Vec<Arc<Notify>>>,
    is_taken: std::sync::Mutex<bool>,
}

impl Pool {
    async fn get(&self, mended: bool) {
        struct Place<'a>(&'a Pool, Arc<Notify>, bool);
        impl Drop for Place<'_> {
            fn drop(&mut self) {
                if self.2 {
                    self.0.waiting.lock().expect("no panic").retain(|waiting| !Arc::ptr_eq(waiting, &self.1));
                }
            }
        }
        let place = {
            let mut is_taken = self.is_taken.lock().expect("no panic");
            if !std::mem::replace(&mut *is_taken, true) {
                return;
            }
            let turn = Arc::new(Notify::new());
            self.waiting.lock().expect("no panic").push(turn.clone());
            Place(self, turn, mended)
        };
        place.1.notified().await;
    }

    fn put_back(&self) {
        let mut waiting = self.waiting.lock().expect("no panic");
        // Handed to the first that waits, without a moment in which it is free.
        if waiting.is_empty() {
            *self.is_taken.lock().expect("no panic") = false;
        } else {
            waiting.remove(0).notify_one();
        }
    }
}

/// A waiter that gives up stays in the list, and is handed the connection.
pub struct WaiterThatGaveUp;

impl Program for WaiterThatGaveUp {
    const NAME: &'static str = "a waiter that gave up, and is served";
    const REPORT: &'static str = "encode/httpcore#830";
    type World = Pool;

    async fn run(world: Arc<Pool>, mended: bool) {
        let request = async |time: u64| {
            // Patient enough, unless the request before it is slow.
            if timeout(Duration::from_secs(5), world.get(mended)).await.is_ok() {
                taskgroup::testing::point("it has the connection").await;
                tokio::time::sleep(Duration::from_secs(time)).await;
                world.put_back();
            }
            Ok::<_, io::Error>(())
        };
        group!(first = request(1), second = request(2)).await.expect("it does not fail");
        if timeout(Duration::from_secs(5), world.get(mended)).await.is_err() {
            panic!("the pool is idle, and has no connection");
        }
    }
}
