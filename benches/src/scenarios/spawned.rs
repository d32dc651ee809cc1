//! Many children, each in its own task.

use std::hint::black_box;

use taskgroup::group;
use tokio::{
    runtime::Runtime,
    task::{JoinHandle, JoinSet},
};
use tokio_util::task::TaskTracker;

use crate::{
    Contestant, Run, Scenario,
    child::{Output, current_thread, in_task, multi_thread, ready, yields},
};

const MANY: u64 = 10_000;

/// Runs `one` repeatedly inside a task of `runtime`.
fn repeat<F>(runtime: Runtime, one: fn() -> F) -> Run
where
    F: Future<Output = Vec<u64>> + Send + 'static,
{
    Box::new(move |operations: u64| {
        in_task(&runtime, async move {
            for _ in 0..operations {
                black_box(one().await);
            }
        });
    })
}

async fn ours() -> Vec<u64> {
    group!(
        #[spawn]
        children = for n in 0..MANY {
            ready(n)
        }
    )
    .await
    .expect("no child fails")
}

async fn join_set() -> Vec<u64> {
    let mut set: JoinSet<Output> = (0..MANY).map(ready).collect();
    let mut values = Vec::with_capacity(set.len());
    while let Some(joined) = set.join_next().await {
        values.push(joined.expect("no child panics").expect("no child fails"));
    }
    values
}

async fn joined(handles: Vec<JoinHandle<Output>>) -> Vec<u64> {
    let mut values = Vec::with_capacity(handles.len());
    for handle in handles {
        values.push(handle.await.expect("no child panics").expect("no child fails"));
    }
    values
}

async fn handles() -> Vec<u64> {
    joined((0..MANY).map(|n| tokio::spawn(ready(n))).collect()).await
}

async fn tracker() -> Vec<u64> {
    let tracker = TaskTracker::new();
    let handles = (0..MANY).map(|n| tracker.spawn(ready(n))).collect();
    tracker.close();
    tracker.wait().await;
    joined(handles).await
}

/// Three children, each written out and in its own task.
macro_rules! arms {
    ($name:literal, $child:expr) => {
        Scenario {
            name: $name,
            children: 3,
            one_thread: true,
            contestants: vec![
                Contestant {
                    name: "group!",
                    prepare: || {
                        repeat(current_thread(), || async {
                            let three = group!(
                                #[spawn]
                                a = $child,
                                #[spawn]
                                b = $child,
                                #[spawn]
                                c = $child,
                            );
                            three.await.map(|(a, b, c)| vec![a, b, c]).expect("no child fails")
                        })
                    },
                },
                Contestant {
                    name: "JoinSet",
                    prepare: || {
                        repeat(current_thread(), || async {
                            let mut set = JoinSet::new();
                            for child in [$child, $child, $child] {
                                set.spawn(child);
                            }
                            let joined = set.join_all().await;
                            joined.into_iter().map(|value| value.expect("no child fails")).collect()
                        })
                    },
                },
            ],
        }
    };
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        arms!("#[spawn] arms, ready, 3", ready(1)),
        arms!("#[spawn] arms, 10 yields, 3", yields(10, 1)),
        Scenario {
            name: "#[spawn] for, 10,000, current-thread",
            children: MANY,
            one_thread: true,
            contestants: vec![
                Contestant { name: "group!", prepare: || repeat(current_thread(), ours) },
                Contestant { name: "JoinSet", prepare: || repeat(current_thread(), join_set) },
                Contestant { name: "Vec<JoinHandle>", prepare: || repeat(current_thread(), handles) },
                Contestant { name: "TaskTracker", prepare: || repeat(current_thread(), tracker) },
            ],
        },
        Scenario {
            name: "#[spawn] for, 10,000, multi-thread",
            children: MANY,
            one_thread: false,
            contestants: vec![
                Contestant { name: "group!", prepare: || repeat(multi_thread(), ours) },
                Contestant { name: "JoinSet", prepare: || repeat(multi_thread(), join_set) },
                Contestant { name: "Vec<JoinHandle>", prepare: || repeat(multi_thread(), handles) },
                Contestant { name: "TaskTracker", prepare: || repeat(multi_thread(), tracker) },
            ],
        },
    ]
}
