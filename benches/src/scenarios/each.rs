//! Many children of a `for`, on the owner's task.

use std::hint::black_box;

use futures::{StreamExt, TryStreamExt, stream};
use futures_buffered::{BufferedStreamExt, FuturesUnordered};
use taskgroup::group;

use crate::{
    Contestant, Run, Scenario,
    child::{Shuffle, poll_through, ready, turn, yields},
};

/// Polls the group of each operation until it is ready.
macro_rules! each {
    ($group:expr) => {
        Box::new(|operations: u64| {
            for _ in 0..operations {
                let values: Vec<u64> = poll_through($group).expect("no child fails");
                black_box(values);
            }
        }) as Run
    };
}

const MANY: u64 = 10_000;
const VERY_MANY: u64 = 1_000_000;

/// The children `0..$count`, each made by `$child`.
macro_rules! compare {
    ($name:literal, $count:ident, $index:ident => $child:expr) => {
        Scenario {
            name: $name,
            children: $count,
            one_thread: true,
            contestants: vec![
                Contestant {
                    name: "group!",
                    prepare: || {
                        each!(group!(
                            children = for $index in 0..$count {
                                $child
                            }
                        ))
                    },
                },
                Contestant {
                    name: "futures-buffered",
                    prepare: || each!(futures_buffered::try_join_all((0..$count).map(|$index| $child))),
                },
                Contestant {
                    name: "futures-buffered, any order",
                    prepare: || {
                        each!({
                            let children: FuturesUnordered<_> = (0..$count).map(|$index| $child).collect();
                            children.try_collect()
                        })
                    },
                },
                Contestant {
                    name: "futures::try_join_all",
                    prepare: || each!(futures::future::try_join_all((0..$count).map(|$index| $child))),
                },
            ],
        }
    };
}

/// The same with at most eight at once.
macro_rules! compare_limited {
    ($name:literal, $index:ident => $child:expr) => {
        Scenario {
            name: $name,
            children: MANY,
            one_thread: true,
            contestants: vec![
                Contestant {
                    name: "group!",
                    prepare: || {
                        each!(
                            group!(
                                children = for $index in 0..MANY {
                                    $child
                                }
                            )
                            .limit(8)
                        )
                    },
                },
                // Both in completion order, so neither has to sort its results.
                Contestant {
                    name: "futures-buffered",
                    prepare: || {
                        each!({
                            let children = stream::iter((0..MANY).map(|$index| $child));
                            BufferedStreamExt::buffered_unordered(children, 8).try_collect()
                        })
                    },
                },
                Contestant {
                    name: "futures::buffer_unordered",
                    prepare: || {
                        each!({
                            let children = stream::iter((0..MANY).map(|$index| $child));
                            StreamExt::buffer_unordered(children, 8).try_collect()
                        })
                    },
                },
            ],
        }
    };
}

/// Every child pends, then all are woken in a random order, 64 between two polls of the owner.
fn random_wakes() -> Scenario {
    const COUNT: usize = 10_000;
    Scenario {
        name: "for, random wakes, 10,000",
        children: COUNT as u64,
        one_thread: true,
        contestants: vec![
            Contestant {
                name: "group!",
                prepare: || {
                    let shuffle = Shuffle::new(COUNT);
                    Box::new(move |operations: u64| {
                        let of = &shuffle;
                        for _ in 0..operations {
                            black_box(
                                of.drive(group!(
                                    children = for n in 0..COUNT {
                                        turn(of, n)
                                    }
                                ))
                                .is_ok(),
                            );
                        }
                    })
                },
            },
            Contestant {
                name: "futures-buffered",
                prepare: || {
                    let shuffle = Shuffle::new(COUNT);
                    Box::new(move |operations: u64| {
                        let of = &shuffle;
                        for _ in 0..operations {
                            let children = (0..COUNT).map(|n| turn(of, n));
                            black_box(of.drive(futures_buffered::try_join_all(children)).is_ok());
                        }
                    })
                },
            },
            Contestant {
                name: "futures::try_join_all",
                prepare: || {
                    let shuffle = Shuffle::new(COUNT);
                    Box::new(move |operations: u64| {
                        let of = &shuffle;
                        for _ in 0..operations {
                            let children = (0..COUNT).map(|n| turn(of, n));
                            black_box(of.drive(futures::future::try_join_all(children)).is_ok());
                        }
                    })
                },
            },
        ],
    }
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        compare!("for, ready, 10,000", MANY, n => ready(n)),
        compare!("for, one yield, 10,000", MANY, n => yields(1, n)),
        random_wakes(),
        compare!("for, ready, 1,000,000", VERY_MANY, n => ready(n)),
        compare!("for, one yield, 1,000,000", VERY_MANY, n => yields(1, n)),
        compare_limited!("for, limit 8, ready, 10,000", n => ready(n)),
        compare_limited!("for, limit 8, one yield, 10,000", n => yields(1, n)),
    ]
}
