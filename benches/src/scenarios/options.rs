//! What an option costs, and a failure.

use std::{hint::black_box, time::Duration};

use futures::{TryStreamExt, stream::FuturesUnordered};
use taskgroup::{group, is_cancelled};
use tokio::runtime::Builder;

use crate::{
    Contestant, Run, Scenario,
    child::{Failed, Output, in_task, poll_through, yields},
};

const FAR: Duration = Duration::from_secs(3600);

/// Awaits `$future` for each operation, in one task of a runtime with timers.
macro_rules! timed {
    ($future:expr) => {{
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        Box::new(move |operations: u64| {
            in_task(&runtime, async move {
                for _ in 0..operations {
                    let _ = black_box($future.await);
                }
            });
        }) as Run
    }};
}

macro_rules! three {
    () => {
        group!(yields(10, 1), yields(10, 2), yields(10, 3))
    };
}

/// `$ours` beside `$peer`, both of three children of ten yields.
macro_rules! option {
    ($name:literal, $ours:literal: $group:expr, $peer:literal: $other:expr) => {
        Scenario {
            name: $name,
            children: 1,
            one_thread: true,
            contestants: vec![
                Contestant { name: $ours, prepare: || timed!($group) },
                Contestant { name: $peer, prepare: || timed!($other) },
            ],
        }
    };
}

/// Ten polls that look at the token.
async fn looks() -> Output {
    for _ in 0..10 {
        if is_cancelled() {
            return Err(Failed);
        }
        yields(1, 1).await?;
    }
    Ok(1)
}

/// The same without looking.
async fn does_not_look() -> Output {
    for _ in 0..10 {
        yields(1, 1).await?;
    }
    Ok(1)
}

/// The last of ten thousand children fails while all others wait for good.
fn failing() -> Scenario {
    const MANY: u64 = 10_000;
    async fn child(n: u64) -> Output {
        if n + 1 == MANY { Err(Failed) } else { std::future::pending().await }
    }
    Scenario {
        name: "for, 10,000 wait, the last fails",
        children: MANY,
        one_thread: true,
        contestants: vec![
            Contestant {
                name: "group!",
                prepare: || {
                    Box::new(|operations| {
                        for _ in 0..operations {
                            let failed: Result<Vec<u64>, Failed> = poll_through(group!(
                                children = for n in 0..MANY {
                                    child(n)
                                }
                            ));
                            black_box(failed.is_err());
                        }
                    })
                },
            },
            Contestant {
                name: "futures::FuturesUnordered",
                prepare: || {
                    Box::new(|operations| {
                        for _ in 0..operations {
                            let children: FuturesUnordered<_> = (0..MANY).map(child).collect();
                            let failed: Result<Vec<u64>, Failed> = poll_through(children.try_collect());
                            black_box(failed.is_err());
                        }
                    })
                },
            },
        ],
    }
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        option!(
            "`.timeout`, 3 × 10 yields in a task",
            "group!": three!().timeout(FAR),
            "tokio::time::timeout(group!)": async { tokio::time::timeout(FAR, three!()).await }
        ),
        option!("`.limit(3)`, 3 × 10 yields in a task", "group!": three!().limit(3), "group! without it": three!()),
        option!(
            "`is_cancelled()` in each of 10 polls",
            "group!": group!(looks(), looks(), looks()),
            "group! without it": group!(does_not_look(), does_not_look(), does_not_look())
        ),
        failing(),
    ]
}
