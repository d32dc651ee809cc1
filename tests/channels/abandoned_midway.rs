//! A child that drops a sender in the middle of its life is known while it goes on; so is a body, wherever it is polled or dropped.

use std::{future::pending, sync::Arc};

use taskgroup::{
    Settled,
    channel::{Sender, bounded},
    group, ok, shield, spawner, task_group,
};
use taskgroup_tests::{Fail, ms};
use tokio::{
    sync::Notify,
    task::yield_now,
    time::{sleep, timeout},
};

use crate::{abandoned_by::abandoned_by, on_both};

/// Drops the sender in the middle of its life, and goes on until the reader has looked.
async fn goes_on(tx: Sender<u32>, read: Arc<Notify>) -> Result<(), Fail> {
    yield_now().await;
    drop(tx);
    read.notified().await;
    Ok(())
}

#[task_group]
async fn drops_and_goes_on(body: Sender<u32>, child: Sender<u32>, read: Arc<Notify>) -> Result<(), Fail> {
    #[child]
    let child = goes_on(child, read.clone());
    yield_now().await;
    drop(body);
    child.await;
    Ok(())
}

#[test]
fn it_is_known_while_the_child_goes_on() {
    on_both(async || {
        macro_rules! says {
            ($name:literal, $tx:ident, $read:ident => $($arm:tt)*) => {{
                let ($tx, mut rx) = bounded(4);
                let notify = Arc::new(Notify::new());
                let $read = notify.clone();
                let reader = async {
                    let name = abandoned_by(&mut rx).await;
                    notify.notify_one();
                    Ok::<_, Fail>(name)
                };
                let seen = group!($($arm)*, reader).limit(9).await;
                assert_eq!(seen.map(|(_, name)| name).ok(), Some(Some($name.to_owned())));
            }};
        }
        says!("inline", tx, read => inline = goes_on(tx, read));
        says!("items[0]", tx, read => items = for (tx, read) in [(tx, read)] { goes_on(tx, read) });
        says!("task", tx, read => #[spawn] task = goes_on(tx, read));
        says!("tasks[0]", tx, read => #[spawn] tasks = for (tx, read) in [(tx, read)] { goes_on(tx, read) });
        let (other, _others) = bounded(4);
        let (body, child) = (other.clone(), other);
        says!("child", tx, read => drops_and_goes_on(body, tx, read));
        says!("drops_and_goes_on", tx, read => drops_and_goes_on(tx, child, read));
    });
}

#[test]
fn it_is_a_job_while_that_goes_on() {
    on_both(async || {
        macro_rules! says {
            ($name:literal, $jobs:ident => $($arm:tt)*) => {{
                let (spawner, $jobs) = spawner::unbounded();
                let (tx, mut rx) = bounded(4);
                let read = Arc::new(Notify::new());
                spawner.spawn_named($name, goes_on(tx, read.clone())).await.expect("open");
                let reader = async {
                    let name = abandoned_by(&mut rx).await;
                    read.notify_one();
                    drop(spawner);
                    Ok::<_, Fail>(name)
                };
                let seen = group!($($arm)*, reader).await;
                assert_eq!(seen.map(|(_, name)| name).ok(), Some(Some($name.to_owned())));
            }};
        }
        says!("inline", jobs => #[stream] jobs = for job in jobs { job });
        says!("spawned", jobs => #[stream] #[spawn] jobs = for job in jobs { job });
    });
}

#[task_group]
async fn drops_in_its_second_stage(tx: Sender<u32>, read: Arc<Notify>) -> Result<(), Fail> {
    #[child]
    let first = ok(yield_now());
    first.await;
    #[child]
    let second = ok(read.notified());
    yield_now().await;
    drop(tx);
    second.await;
    Ok(())
}

/// Its body is dropped after its section, while a child is still in one.
#[task_group]
async fn stopped_after_a_section(tx: Sender<u32>, read: Arc<Notify>) -> Result<(), Fail> {
    #[child]
    async {
        sleep(ms(1)).await;
        Err::<(), _>(Fail::Own("boom"))
    };
    #[child]
    async {
        let _ = shield(timeout(ms(1_000), read.notified())).await;
        Ok(())
    };
    let _tx = tx;
    shield(sleep(ms(5))).await;
    pending().await
}

#[test]
fn it_is_a_body_in_whichever_stage_it_is_polled_and_dropped() {
    on_both(async || {
        let (tx, mut rx) = bounded(4);
        let read = Arc::new(Notify::new());
        let seen = group!(
            drops_in_its_second_stage(tx, read.clone()),
            reader = async {
                let name = abandoned_by(&mut rx).await;
                read.notify_one();
                Ok(name)
            },
        )
        .await;
        assert_eq!(seen.map(|(_, name)| name).ok(), Some(Some("drops_in_its_second_stage".to_owned())));
        let (tx, mut rx) = bounded(4);
        let read = Arc::new(Notify::new());
        let reader = async {
            let name = abandoned_by(&mut rx).await;
            read.notify_one();
            Ok(name)
        };
        let (_, seen) = group!(stopped_after_a_section(tx, read.clone()), reader).settle().await;
        assert!(matches!(seen, Settled::Done(Some(name)) if name == "stopped_after_a_section"));
    });
}
