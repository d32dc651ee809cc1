//! Threads that are not of a group.

use std::thread;

use rayon::prelude::*;
use taskgroup::{Cancelled, checkpoint, child_token, group, is_cancelled, with_current_group};

#[tokio::test]
async fn rayon_computes_in_a_blocking_child() {
    let sum = group!(
        #[blocking]
        sum = || Ok::<u64, ()>((1..=1_000_u64).into_par_iter().map(|n| n * 2).sum())
    )
    .await;
    assert_eq!(sum, Ok(1_001_000));
}

/// rayon's threads are not in the group: a token is carried to them, or the group itself by `with_current_group`.
#[tokio::test]
async fn a_cancellation_reaches_rayon() {
    let ended = group!(
        #[blocking]
        endless = || {
            let token = child_token();
            rayon::iter::repeat(()).try_for_each(|()| if token.is_cancelled() { Err(()) } else { Ok(()) }).ok();
            Ok(())
        },
        #[blocking]
        joined = || {
            let until_cancelled = || {
                while !is_cancelled() {
                    thread::yield_now()
                }
            };
            rayon::join(with_current_group(until_cancelled), with_current_group(until_cancelled));
            Ok(())
        },
        fails = async { Err::<(), _>("broken") },
    )
    .await;
    assert_eq!(ended, Err("broken"));
}

#[tokio::test]
async fn scoped_threads_see_the_group() {
    let count = group!(
        #[blocking]
        count = || {
            let numbers = [1, 2, 3, 4];
            thread::scope(|scope| {
                let sums: Vec<_> = numbers
                    .chunks(2)
                    .map(|half| {
                        scope.spawn(with_current_group(move || checkpoint().map(|()| half.iter().sum::<i32>())))
                    })
                    .collect();
                sums.into_iter().map(|sum| sum.join().expect("no panic")).sum::<Result<i32, Cancelled>>()
            })
        },
    )
    .await;
    assert_eq!(count, Ok(10));
}
