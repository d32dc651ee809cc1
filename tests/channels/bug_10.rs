//! Bug 10: the channel is closed inside the group, and its reader cannot distinguish the end from a failure.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use taskgroup::{channel::bounded, group};

use crate::{expect_panics, on_many_threads};

/// How a producer does not come to its end.
#[derive(Clone, Copy)]
enum Trouble {
    Fails,
    Panics,
    Forgets,
    IsCancelled,
}

#[test]
fn half_a_stream_is_never_taken_for_the_whole() {
    const RUNS: u32 = 20_000;
    expect_panics();
    let whole = Arc::new(AtomicU32::new(0));
    on_many_threads(async {
        for run in 0..RUNS {
            let trouble = match run % 4 {
                0 => Trouble::Fails,
                1 => Trouble::Panics,
                2 => Trouble::Forgets,
                _ => Trouble::IsCancelled,
            };
            let (tx, mut rx) = bounded(1 + run as usize % 5);
            let (other, whole) = (tx.clone(), whole.clone());
            let last = run % 10;
            let ended = group!(
                #[spawn]
                producer = async move {
                    for n in 0..last {
                        tx.send(n).await.map_err(|_| "closed")?;
                    }
                    match trouble {
                        Trouble::Fails => return Err("failed"),
                        Trouble::Panics => panic!("on purpose"),
                        Trouble::Forgets => return Ok(()),
                        Trouble::IsCancelled => taskgroup::cancelled().await,
                    };
                    Ok(())
                },
                #[spawn]
                honest = async move {
                    other.send(100).await.map_err(|_| "closed")?;
                    other.finish();
                    if matches!(trouble, Trouble::IsCancelled) {
                        return Err("cancels");
                    }
                    Ok(())
                },
                #[spawn]
                consumer = async move {
                    while rx.recv().await.map_err(|_| "half")?.is_some() {}
                    whole.fetch_add(1, Ordering::Relaxed);
                    Ok(())
                },
            )
            .outcome()
            .await;
            let ended = match ended {
                Ok(_) => "well",
                Err(taskgroup::Stopped::Failed { error, .. }) => error,
                Err(taskgroup::Stopped::Panicked(_)) => "panicked",
                Err(taskgroup::Stopped::Cancelled(_)) => "cancelled",
            };
            let expected = match trouble {
                Trouble::Fails => "failed",
                Trouble::Panics => "panicked",
                Trouble::Forgets => "half",
                Trouble::IsCancelled => "cancels",
            };
            assert_eq!(ended, expected, "run {run}");
        }
    });
    assert_eq!(whole.load(Ordering::Relaxed), 0);
}

#[test]
fn a_whole_stream_is_always_taken_for_the_whole() {
    on_many_threads(async {
        for run in 0..5_000_u32 {
            let (tx, mut rx) = bounded(1 + run as usize % 5);
            let (_, count) = group!(
                #[spawn]
                producers = for tx in [tx.clone(), tx.clone(), tx] {
                    async move {
                        for n in 0..run % 10 {
                            tx.send(n).await.map_err(drop)?;
                        }
                        tx.finish();
                        Ok(())
                    }
                },
                #[spawn]
                count = async move {
                    let mut count = 0;
                    while rx.recv().await.map_err(drop)?.is_some() {
                        count += 1;
                    }
                    Ok::<_, ()>(count)
                },
            )
            .await
            .expect("nobody fails");
            assert_eq!(count, 3 * (run % 10));
        }
    });
}
