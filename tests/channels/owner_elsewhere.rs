//! An end that a child drops is visible when the poll that dropped it is over: no one waits for the owner of the child to be
//! polled. So a program that ends with tokio's `mpsc` ends with `taskgroup::channel` too; each runs with both.

use std::{future::Future, pin::pin, time::Duration};

use taskgroup::group;
use taskgroup_tests::{poll_once, yields};
use tokio::{
    task::{block_in_place, yield_now},
    time::timeout,
};

use crate::on_many_threads;

/// Our channels, with the calls that the programs make.
mod our_channels {
    pub(super) use taskgroup::channel::{Receiver, Sender, bounded};

    pub(super) async fn next<T>(rx: &mut Receiver<T>) -> Option<T> {
        rx.recv().await.ok().flatten()
    }
}

/// Those of tokio.
mod tokio_channels {
    pub(super) use tokio::sync::mpsc::{Receiver, Sender, channel as bounded};

    pub(super) async fn next<T>(rx: &mut Receiver<T>) -> Option<T> {
        rx.recv().await
    }
}

const LIMIT: Duration = Duration::from_secs(20);

/// Runs a program on one thread and on many.
fn ends<F: Future<Output = Result<(), &'static str>>>(expected: Result<(), &'static str>, program: impl Fn() -> F) {
    let one = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    assert_eq!(one.block_on(async { timeout(LIMIT, program()).await }).expect("it ends"), expected);
    ends_on_many_threads(expected, program);
}

fn ends_on_many_threads<F: Future<Output = Result<(), &'static str>>>(
    expected: Result<(), &'static str>,
    program: impl Fn() -> F,
) {
    on_many_threads(async {
        for _ in 0..20 {
            assert_eq!(timeout(LIMIT, program()).await.expect("it ends"), expected);
        }
    });
}

macro_rules! programs {
    ($($name:ident: $kind:ident,)*) => {$(
        mod $name {
            use super::{$kind::{Receiver, Sender, bounded, next}, *};

            async fn fails_after_three(mut rx: Receiver<u32>) -> Result<(), &'static str> {
                for _ in 0..3 {
                    next(&mut rx).await;
                }
                Err("worker")
            }

            async fn sends_three(tx: Sender<u32>) -> Result<(), &'static str> {
                for n in 0..3 {
                    tx.send(n).await.map_err(|_| "closed")?;
                    yields(n as usize).await;
                }
                Err("producer")
            }

            #[test]
            fn a_handler_that_sends_while_the_group_is_pinned() {
                ends(Err("worker"), || async {
                    let (tx, rx) = bounded(1);
                    let mut group = pin!(group!(#[spawn] worker = fails_after_three(rx)).into_future());
                    loop {
                        tokio::select! {
                            ended = &mut group => break ended,
                            () = yield_now() => if tx.send(1).await.is_err() {
                                break group.await;
                            }
                        }
                    }
                });
            }

            #[test]
            fn a_handler_that_reads_the_rest() {
                ends(Err("producer"), || async {
                    let (tx, mut rx) = bounded(1);
                    let mut group = pin!(group!(#[spawn] producer = sends_three(tx)).into_future());
                    tokio::select! {
                        ended = &mut group => ended,
                        _ = next(&mut rx) => {
                            while next(&mut rx).await.is_some() {}
                            group.await
                        }
                    }
                });
            }

            #[test]
            fn a_group_that_is_polled_when_the_reading_is_done() {
                ends(Err("producer"), || async {
                    let (tx, mut rx) = bounded(1);
                    let mut group = pin!(group!(#[spawn] producer = sends_three(tx)).into_future());
                    let mut done_reading = poll_once(group.as_mut()).is_ready();
                    loop {
                        tokio::select! {
                            ended = &mut group, if done_reading => break ended,
                            item = next(&mut rx), if !done_reading => done_reading = item.is_none(),
                        }
                    }
                });
            }

            #[test]
            fn a_consumer_further_out_than_the_group_of_its_producer() {
                ends(Err("producer"), || async {
                    group!(outer = async {
                        let (tx, mut rx) = bounded(1);
                        let mut producers = pin!(group!(#[spawn] producer = sends_three(tx)).into_future());
                        assert!(poll_once(producers.as_mut()).is_pending());
                        group!(#[spawn] consumer = async move {
                            while next(&mut rx).await.is_some() {}
                            Ok::<_, &str>(())
                        })
                        .await?;
                        producers.await
                    })
                    .await
                });
            }

            #[test]
            fn a_child_that_drops_its_sender_and_blocks_until_its_neighbour_has_noticed() {
                ends_on_many_threads(Ok(()), || async {
                    let (tx, mut rx) = bounded::<u32>(1);
                    let (noticed, wait) = std::sync::mpsc::channel();
                    group!(
                        #[spawn] blocks = async move {
                            drop(tx);
                            block_in_place(|| wait.recv_timeout(LIMIT)).map_err(|_| "hangs")
                        },
                        #[spawn] neighbour = async move {
                            while next(&mut rx).await.is_some() {}
                            noticed.send(()).map_err(|_| "gone")
                        },
                    )
                    .await
                    .map(drop)
                });
            }

            #[test]
            fn a_child_that_drops_its_receiver_and_blocks_until_its_neighbour_has_noticed() {
                ends_on_many_threads(Ok(()), || async {
                    let (tx, rx) = bounded::<u32>(1);
                    let (noticed, wait) = std::sync::mpsc::channel();
                    group!(
                        #[spawn] blocks = async move {
                            drop(rx);
                            block_in_place(|| wait.recv_timeout(LIMIT)).map_err(|_| "hangs")
                        },
                        #[spawn] neighbour = async move {
                            while tx.send(1).await.is_ok() {}
                            tx.closed().await;
                            noticed.send(()).map_err(|_| "gone")
                        },
                    )
                    .await
                    .map(drop)
                });
            }

            #[test]
            fn an_inline_child_that_blocks_until_its_spawned_neighbour_has_noticed() {
                // In a task, because `block_in_place` hands the other tasks of its thread over to another one.
                ends_on_many_threads(Ok(()), || async {
                    let program = async {
                        let (tx, mut rx) = bounded::<u32>(1);
                        let (noticed, wait) = std::sync::mpsc::channel();
                        group!(
                            #[spawn] neighbour = async move {
                                while next(&mut rx).await.is_some() {}
                                noticed.send(()).map_err(|_| "gone")
                            },
                            blocks = async move {
                                drop(tx);
                                block_in_place(|| wait.recv_timeout(LIMIT)).map_err(|_| "hangs")
                            },
                        )
                        .await
                        .map(drop)
                    };
                    tokio::spawn(program).await.expect("no panic")
                });
            }
        }
    )*};
}

programs! { ours: our_channels, tokios: tokio_channels, }
