//! More of what other tasks do between two awaits of one.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    io,
    sync::Arc,
};

use taskgroup::{group, task_group};
use tokio::sync::Mutex;

use crate::program::{Plain, Program};

/// A connection that is found broken by each of its users.
#[derive(Default)]
pub struct Link {
    is_connected: Plain<bool>,
    connects: Plain<u32>,
    dial: Mutex<()>,
}

/// Two users of a broken connection each connect anew.
pub struct TwoReconnects;

impl Program for TwoReconnects {
    const NAME: &'static str = "two tasks that both reconnect";
    const REPORT: &'static str = "hazelcast/hazelcast-nodejs-client#717";
    type World = Link;

    async fn run(world: Arc<Link>, mended: bool) {
        let user = || {
            let world = world.clone();
            async move {
                if !world.is_connected.get() {
                    let _dialing = world.dial.lock().await;
                    if !mended || !world.is_connected.get() {
                        world.connects.with(|connects| *connects += 1);
                        world.is_connected.set(true);
                    }
                }
                Ok::<_, io::Error>(())
            }
        };
        group!(
            #[spawn]
            heartbeat = user(),
            #[spawn]
            request = user()
        )
        .await
        .expect("it does not fail");
        assert_eq!(world.connects.get(), 1, "one of two connections is forgotten");
    }
}

/// A value, what is cached of it, and how often that was invalidated.
#[derive(Default)]
pub struct Routes {
    stored: Mutex<u32>,
    cached: Plain<Option<u32>>,
    version: Plain<u32>,
}

/// A load that began before an invalidation fills the cache after it.
pub struct StaleRefill;

impl Program for StaleRefill {
    const NAME: &'static str = "an old value in a cache that was invalidated";
    const REPORT: &'static str = "GreptimeTeam/greptimedb#7825";
    type World = Routes;

    async fn run(world: Arc<Routes>, mended: bool) {
        let reader = async {
            let version = world.version.get();
            let loaded = *world.stored.lock().await;
            // What a load costs besides.
            drop(world.stored.lock().await);
            if !mended || world.version.get() == version {
                world.cached.set(Some(loaded));
            }
            Ok::<_, io::Error>(())
        };
        let writer = async {
            *world.stored.lock().await = 1;
            world.version.with(|version| *version += 1);
            world.cached.set(None);
            Ok(())
        };
        group!(reader = reader, writer = writer).await.expect("it does not fail");
        assert!(matches!(world.cached.get(), None | Some(1)), "the cache keeps what was invalidated");
    }
}

/// Sessions, in a cell that one task reads and another changes.
#[derive(Default)]
pub struct Sessions {
    open: RefCell<Vec<u32>>,
    socket: Mutex<()>,
}

/// A borrow is held across an await.
pub struct BorrowAcrossAwait;

impl Program for BorrowAcrossAwait {
    const NAME: &'static str = "a borrow that is held across an await";
    const REPORT: &'static str = "AutoMQ/elastic-stream#218";
    type World = Sessions;

    #[allow(clippy::await_holding_refcell_ref, clippy::arc_with_non_send_sync, reason = "that is the bug")]
    async fn run(world: Arc<Sessions>, mended: bool) {
        world.open.borrow_mut().push(7);
        let report = async {
            if mended {
                let _session = world.open.borrow().first().copied();
                drop(world.socket.lock().await);
            } else {
                let open = world.open.borrow();
                drop(world.socket.lock().await);
                drop(open);
            }
            Ok::<_, io::Error>(())
        };
        let heartbeat = async {
            drop(world.socket.lock().await);
            world.open.borrow_mut().retain(|session| *session != 7);
            Ok(())
        };
        group!(report = report, heartbeat = heartbeat).await.expect("it does not fail");
    }
}

/// A table whose rows are read, changed and written back as a whole.
#[derive(Default)]
pub struct Table(Mutex<Vec<u32>>);

/// Two batches each write the table that they have read.
pub struct BatchOverBatch;

#[task_group]
async fn batches(table: &Table, mended: bool) -> io::Result<()> {
    let write = async |row: u32| {
        if mended {
            table.0.lock().await.push(row);
        } else {
            let mut rows = table.0.lock().await.clone();
            rows.push(row);
            *table.0.lock().await = rows;
        }
        Ok::<_, io::Error>(())
    };
    #[child]
    write(1);
    #[child]
    write(2);
    write(3).await
}

impl Program for BatchOverBatch {
    const NAME: &'static str = "a batch that overwrites another";
    const REPORT: &'static str = "http4k/http4k#1598";
    type World = Table;

    async fn run(world: Arc<Table>, mended: bool) {
        batches(&world, mended).await.expect("it does not fail");
        assert_eq!(world.0.lock().await.len(), 3, "a row is lost");
    }
}

/// The blocks of a user, and the space that they take.
#[derive(Default)]
pub struct Usage {
    blocks: Plain<BTreeSet<u32>>,
    bytes: Plain<u32>,
    disk: Mutex<()>,
}

/// A block that is uploaded twice at the same time is counted twice.
pub struct CountedTwice;

impl Program for CountedTwice {
    const NAME: &'static str = "a block that is counted twice";
    const REPORT: &'static str = "Peergos/Peergos#1369";
    type World = Usage;

    async fn run(world: Arc<Usage>, mended: bool) {
        let upload = async |block: u32| {
            let is_known = world.blocks.with(|blocks| blocks.contains(&block));
            let _written = world.disk.lock().await;
            let is_new = world.blocks.with(|blocks| blocks.insert(block));
            if if mended { is_new } else { !is_known } {
                world.bytes.with(|bytes| *bytes += 4096);
            }
            Ok::<_, io::Error>(())
        };
        group!(
            uploads = for block in [1, 2, 1] {
                upload(block)
            }
        )
        .await
        .expect("it does not fail");
        assert_eq!(world.bytes.get(), 2 * 4096, "more is counted than is stored");
    }
}

/// A receiver that is taken out of its place while it is used.
pub struct Listener {
    receiver: Plain<Option<u32>>,
    socket: Mutex<()>,
}

impl Default for Listener {
    fn default() -> Self {
        Self { receiver: Plain::default_with(Some(7)), socket: Mutex::default() }
    }
}

/// Another user finds the place empty.
pub struct TakenOut;

impl Program for TakenOut {
    const NAME: &'static str = "something that is taken out, and put back";
    const REPORT: &'static str = "holochain/holochain#1111";
    type World = Listener;

    async fn run(world: Arc<Listener>, mended: bool) {
        let turns = Mutex::new(());
        let uses = async || {
            let _turn = if mended { Some(turns.lock().await) } else { None };
            let receiver = world.receiver.with(Option::take).expect("it is bound");
            drop(world.socket.lock().await);
            world.receiver.set(Some(receiver));
            Ok::<_, io::Error>(())
        };
        group!(accepts = uses(), restarts = uses()).await.expect("it does not fail");
    }
}

/// Tasks in a list, each at an index.
#[derive(Default)]
pub struct List {
    tasks: RefCell<Vec<u32>>,
    lock: Mutex<()>,
}

/// An index is looked up, and used after an await; another removal has moved the last task to it.
pub struct MovedByRemoval;

impl Program for MovedByRemoval {
    const NAME: &'static str = "an index that is used after an await";
    const REPORT: &'static str = "DelSkayn/rquickjs#203";
    type World = List;

    #[allow(clippy::arc_with_non_send_sync, reason = "all of it is on one thread")]
    async fn run(world: Arc<List>, mended: bool) {
        *world.tasks.borrow_mut() = vec![10, 11, 12];
        let removed = Cell::new(0);
        let remove = async |task: u32| {
            let found = || world.tasks.borrow().iter().position(|known| *known == task).expect("it is in the list");
            let early = found();
            let _removing = world.lock.lock().await;
            let index = if mended { found() } else { early };
            removed.set(removed.get() + world.tasks.borrow_mut().swap_remove(index));
            Ok::<_, io::Error>(())
        };
        group!(first = remove(10), last = remove(12)).await.expect("it does not fail");
        assert_eq!(removed.get(), 22, "another task is removed");
    }
}
