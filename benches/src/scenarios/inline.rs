//! A few static arms on the owner's task.
#![allow(clippy::drop_non_drop, reason = "it is in what `join_me_maybe::join!` expands to")]

use std::{
    hint::black_box,
    pin::pin,
    task::{Context, Waker},
};

use futures_concurrency::future::TryJoin;
use join_me_maybe::join;
use taskgroup::{group, task_group};
use tokio::task::JoinSet;

use crate::{
    Contestant, Run, Scenario,
    child::{Bell, Failed, current_thread, hot, idle, in_task, poll_once, ready, yields},
};

/// Polls the group of each operation once.
macro_rules! once {
    ($group:expr) => {
        Box::new(|operations: u64| {
            let mut cx = Context::from_waker(Waker::noop());
            for _ in 0..operations {
                let _ = black_box(poll_once($group, &mut cx));
            }
        }) as Run
    };
}

/// Awaits the group of each operation inside one task.
macro_rules! in_one_task {
    ($bell:ident, $group:expr) => {{
        let runtime = current_thread();
        Box::new(move |operations: u64| {
            in_task(&runtime, async move {
                for _ in 0..operations {
                    let $bell = Bell::default();
                    let _ = black_box($group.await);
                }
            });
        }) as Run
    }};
}

/// One group of `ready` children per number.
macro_rules! ready {
    ($name:literal, $($child:literal)*) => {
        Scenario {
            name: $name,
            children: 1,
            one_thread: true,
            contestants: vec![
                Contestant { name: "group!", prepare: || once!(group!($(ready($child)),*)) },
                Contestant {
                    name: "futures::try_join!",
                    prepare: || once!(async { futures::try_join!($(ready($child)),*) }),
                },
                Contestant {
                    name: "tokio::try_join!",
                    prepare: || once!(async { tokio::try_join!($(ready($child)),*) }),
                },
                Contestant {
                    name: "futures-concurrency",
                    prepare: || once!([$(ready($child)),*].try_join()),
                },
                Contestant {
                    name: "join_me_maybe",
                    prepare: || once!(async { Ok::<_, Failed>(join!($(child = ready($child) => child?),*)) }),
                },
                Contestant {
                    name: "`.await?`, one by one",
                    prepare: || once!(async { Ok::<_, Failed>(($(ready($child).await?),*)) }),
                },
            ],
        }
    };
}

/// Children that pend ten times each.
macro_rules! yielding {
    ($name:literal, $($child:literal)*) => {
        Scenario {
            name: $name,
            children: 1,
            one_thread: true,
            contestants: vec![
                Contestant {
                    name: "group!",
                    prepare: || in_one_task!(_bell, group!($(yields(10, $child)),*)),
                },
                Contestant {
                    name: "futures::try_join!",
                    prepare: || in_one_task!(_bell, async { futures::try_join!($(yields(10, $child)),*) }),
                },
                Contestant {
                    name: "tokio::try_join!",
                    prepare: || in_one_task!(_bell, async { tokio::try_join!($(yields(10, $child)),*) }),
                },
                Contestant {
                    name: "futures-concurrency",
                    prepare: || in_one_task!(_bell, [$(yields(10, $child)),*].try_join()),
                },
                Contestant {
                    name: "join_me_maybe",
                    prepare: || in_one_task!(_bell, async {
                        Ok::<_, Failed>(join!($(child = yields(10, $child) => child?),*))
                    }),
                },
            ],
        }
    };
}

/// One child that wakes a hundred times, beside idle ones.
macro_rules! one_hot {
    ($name:literal, $($child:literal)*) => {
        Scenario {
            name: $name,
            children: 1,
            one_thread: true,
            contestants: vec![
                Contestant {
                    name: "group!",
                    prepare: || in_one_task!(bell, group!(hot(&bell, 100), $(idle(&bell, $child)),*)),
                },
                Contestant {
                    name: "futures::try_join!",
                    prepare: || in_one_task!(bell, async { futures::try_join!(hot(&bell, 100), $(idle(&bell, $child)),*) }),
                },
                Contestant {
                    name: "tokio::try_join!",
                    prepare: || in_one_task!(bell, async { tokio::try_join!(hot(&bell, 100), $(idle(&bell, $child)),*) }),
                },
                Contestant {
                    name: "join_me_maybe",
                    prepare: || in_one_task!(bell, async {
                        let hot = hot(&bell, 100);
                        Ok::<_, Failed>(join!(child = hot => child?, $(child = idle(&bell, $child) => child?),*))
                    }),
                },
            ],
        }
    };
}

#[task_group]
async fn three_children() -> Result<u64, Failed> {
    #[child]
    let a = yields(10, 1);
    #[child]
    let b = yields(10, 2);
    #[child]
    let c = yields(10, 3);
    let (a, b, c) = (a, b, c).join().await;
    Ok(a + b + c)
}

async fn three_in_a_join_set() -> Result<u64, Failed> {
    let mut set = JoinSet::new();
    for value in 1..=3 {
        set.spawn(yields(10, value));
    }
    let mut sum = 0;
    while let Some(joined) = set.join_next().await {
        sum += joined.expect("no child panics")?;
    }
    Ok(sum)
}

async fn three_joined() -> Result<u64, Failed> {
    let (a, b, c) = futures::try_join!(yields(10, 1), yields(10, 2), yields(10, 3))?;
    Ok(a + b + c)
}

/// A function that owns three children of ten yields each.
fn task_group() -> Scenario {
    Scenario {
        name: "#[task_group], 10 yields in a task, 3",
        children: 1,
        one_thread: true,
        contestants: vec![
            Contestant { name: "#[task_group]", prepare: || in_one_task!(_bell, three_children()) },
            Contestant { name: "JoinSet", prepare: || in_one_task!(_bell, three_in_a_join_set()) },
            Contestant { name: "futures::try_join!", prepare: || in_one_task!(_bell, three_joined()) },
        ],
    }
}

/// Polls the group of each operation once, and drops it: its children wait.
macro_rules! dropped {
    ($group:expr) => {
        Box::new(|operations: u64| {
            let mut cx = Context::from_waker(Waker::noop());
            for _ in 0..operations {
                let mut group = pin!($group);
                let _ = black_box(group.as_mut().poll(&mut cx));
            }
        }) as Run
    };
}

/// A group that loses a `select!`, or whose client hangs up.
fn dropped_while_pending() -> Scenario {
    Scenario {
        name: "inline, polled once and dropped, 3",
        children: 1,
        one_thread: true,
        contestants: vec![
            Contestant {
                name: "group!",
                prepare: || dropped!(group!(yields(10, 1), yields(10, 2), yields(10, 3)).into_future()),
            },
            Contestant {
                name: "futures::try_join!",
                prepare: || dropped!(async { futures::try_join!(yields(10, 1), yields(10, 2), yields(10, 3)) }),
            },
        ],
    }
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        ready!("inline, ready, 2", 0 1),
        ready!("inline, ready, 3", 0 1 2),
        ready!("inline, ready, 8", 0 1 2 3 4 5 6 7),
        ready!("inline, ready, 16", 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15),
        ready!("inline, ready, 32", 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
            16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31),
        yielding!("inline, 10 yields in a task, 2", 0 1),
        yielding!("inline, 10 yields in a task, 8", 0 1 2 3 4 5 6 7),
        yielding!("inline, 10 yields in a task, 16", 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15),
        one_hot!("inline, one hot in a task, 2", 1),
        one_hot!("inline, one hot in a task, 8", 1 2 3 4 5 6 7),
        one_hot!("inline, one hot in a task, 16", 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15),
        one_hot!("inline, one hot in a task, 32", 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
            16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31),
        dropped_while_pending(),
        task_group(),
    ]
}
