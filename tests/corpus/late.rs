//! What goes wrong if something is slow, or fails, at the wrong moment.

use std::{io, pin::pin, sync::Arc, time::Duration};

use taskgroup::{
    group,
    testing::{fail_point, point},
};
use tokio::{
    select,
    sync::Mutex,
    time::{Instant, sleep},
};

use crate::program::{Plain, Program};

const SECOND: Duration = Duration::from_secs(1);

/// A file, the lease on it, and the number of the lease that wrote last.
#[derive(Default)]
pub struct Leased {
    lease: Plain<Option<(u32, Instant)>>,
    written_by: Plain<u32>,
}

impl Leased {
    fn take(&self, number: u32) -> bool {
        self.lease.with(|lease| {
            let is_free = lease.is_none_or(|(_, until)| until <= Instant::now());
            if is_free {
                *lease = Some((number, Instant::now() + 10 * SECOND));
            }
            is_free
        })
    }
}

/// A holder of a lease is paused until it has expired, and writes all the same.
pub struct ExpiredLease;

impl Program for ExpiredLease {
    const NAME: &'static str = "a write under a lease that has expired";
    const REPORT: &'static str = "awslabs/amazon-dynamodb-lock-client#1";
    type World = Leased;

    async fn run(world: Arc<Leased>, mended: bool) {
        let holder = async |number: u32| {
            while !world.take(number) {
                sleep(SECOND).await;
            }
            point("it has the lease").await;
            world.written_by.with(|by| {
                // A fence: the store refuses what comes under an older lease.
                if !mended || *by < number {
                    assert!(*by < number, "an older holder overwrites a newer one");
                    *by = number;
                }
            });
            Ok::<_, io::Error>(())
        };
        let second = async {
            sleep(SECOND).await;
            holder(2).await
        };
        group!(first = holder(1), second = second).await.expect("it does not fail");
    }
}

/// A future that waits for a lock, or has it, is not polled while another branch waits for the same lock.
pub struct UnpolledHolder;

impl Program for UnpolledHolder {
    const NAME: &'static str = "a lock whose holder is not polled";
    const REPORT: &'static str = "tokio-rs/tokio#6450";
    type World = Mutex<u32>;

    async fn run(world: Arc<Mutex<u32>>, mended: bool) {
        let mut update = Box::pin(async {
            let mut value = world.lock().await;
            point("the value is computed").await;
            *value += 1;
        });
        let mut patience = pin!(sleep(5 * SECOND));
        select! {
            biased;
            () = &mut update => {}
            () = &mut patience => {
                if mended {
                    drop(update);
                }
                // A look at how far it has come.
                let _ = *world.lock().await;
            }
        }
    }
}

/// The position of the last acknowledgement, and those that reached the broker.
#[derive(Default)]
pub struct Acks {
    last: Plain<u32>,
    reached: Plain<u32>,
}

/// What is acknowledged is noted before the request, and not taken back if that fails.
pub struct NotedTooEarly;

impl Program for NotedTooEarly {
    const NAME: &'static str = "a note that is made before the request";
    const REPORT: &'static str = "apache/pulsar#7683";
    type World = Acks;

    async fn run(world: Arc<Acks>, mended: bool) {
        let acknowledge = |position: u32| -> io::Result<()> {
            if world.last.get() >= position {
                return Ok(()); // a duplicate
            }
            if !mended {
                world.last.set(position);
            }
            fail_point("the connection breaks")?;
            world.reached.set(position);
            world.last.set(position);
            Ok(())
        };
        for position in 1..3 {
            while acknowledge(position).is_err() {
                sleep(SECOND).await; // redelivered
            }
            assert_eq!(world.reached.get(), position, "it is never acknowledged");
        }
    }
}

/// A connection of a pool.
#[derive(Default)]
pub struct Pooled {
    is_in_transaction: Plain<bool>,
    is_in_pool: Plain<bool>,
}

/// A rollback fails, and the connection goes back to the pool.
pub struct FailedRollback;

impl Program for FailedRollback {
    const NAME: &'static str = "a connection whose rollback failed";
    const REPORT: &'static str = "fastrepl/anarlog#6896";
    type World = Pooled;

    async fn run(world: Arc<Pooled>, mended: bool) {
        world.is_in_transaction.set(true);
        sleep(SECOND).await;
        let rolled_back = fail_point("the rollback is refused");
        world.is_in_transaction.set(rolled_back.is_err());
        world.is_in_pool.set(!mended || rolled_back.is_ok());
    }

    fn check(world: &Pooled) {
        let is_broken = world.is_in_pool.get() && world.is_in_transaction.get();
        assert!(!is_broken, "the pool hands out a connection with an aborted transaction");
    }
}
