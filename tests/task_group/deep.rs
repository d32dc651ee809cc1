//! Stages are small, and nest deep.

use std::mem::size_of_val;

use taskgroup::task_group;
use taskgroup_tests::*;

use crate::support::Error;

async fn adds_one(n: &u64) -> Result<u64, Error> {
    yields(1).await;
    Ok(n + 1)
}

macro_rules! chain {
    ($name:ident: $($n:ident)*) => {
        #[task_group]
        async fn $name(n: u64) -> Result<u64, Error> {
            $(
                #[child]
                let $n = adds_one(&n);
                let n = $n.await;
            )*
            Ok(n)
        }
    };
}

chain!(one_stage: a);
chain!(twelve_stages: a b c d e f g h i j k l);
chain!(sixteen_stages: a b c d e f g h i j k l m o p q);

/// More than sixteen places, of which most borrow nothing from the ones before.
#[task_group]
async fn merged(n: u64) -> Result<u64, Error> {
    let mut sum = 0;
    macro_rules! part {
        () => {
            sum += 1
        };
    }
    #[child]
    let a = adds_one(&n);
    part!();
    #[child]
    let b = adds_one(&n);
    part!();
    #[child]
    let c = adds_one(&n);
    part!();
    #[child]
    let d = adds_one(&n);
    part!();
    #[child]
    let e = adds_one(&n);
    part!();
    #[child]
    let f = adds_one(&n);
    part!();
    #[child]
    let g = adds_one(&n);
    part!();
    #[child]
    let h = adds_one(&n);
    part!();
    #[child]
    let i = adds_one(&n);
    part!();
    #[child]
    let j = adds_one(&n);
    part!();
    #[child]
    let k = adds_one(&n);
    part!();
    #[child]
    let l = adds_one(&n);
    let (a, b, c, d, e, f, g, h, i, j, k, l) = (a, b, c, d, e, f, g, h, i, j, k, l).join().await;
    sum += a + b + c + d + e + f + g + h + i + j + k + l;
    #[child]
    let m = adds_one(&sum);
    yields(1).await;
    #[child]
    let n = adds_one(&sum);
    yields(1).await;
    #[child]
    let o = adds_one(&sum);
    yields(1).await;
    #[child]
    let p = adds_one(&sum);
    yields(1).await;
    #[child]
    let q = adds_one(&sum);
    let (m, n, o, p, q) = (m, n, o, p, q).join().await;
    Ok(m + n + o + p + q)
}

/// Each level is a function with two stages.
#[task_group]
async fn staged(depth: u64) -> Result<u64, Error> {
    if depth == 0 {
        return Ok(0);
    }
    #[child]
    let one = adds_one(&0);
    let one = one.await;
    #[child]
    let below = staged(depth - one);
    Ok(below.await + one)
}

#[task_group(boxed)]
async fn spawned(depth: u64) -> Result<u64, Error> {
    if depth == 0 {
        return Ok(0);
    }
    #[spawn]
    let below = spawned(depth - 1);
    Ok(below.await + 1)
}

#[test]
fn twelve_stages_stay_small() {
    let (one, twelve, sixteen) =
        (size_of_val(&one_stage(1)), size_of_val(&twelve_stages(1)), size_of_val(&sixteen_stages(1)));
    println!("bytes: {one} with one stage, {twelve} with twelve, {sixteen} with sixteen");
    assert!(twelve < 12 * one && sixteen < 16 * one, "a level costs as much as the first one at most");
    assert!(sixteen < 16_384, "{sixteen}");
}

on_both_runtimes! {
    async fn every_stage_sees_what_is_above_it() {
        assert_eq!(one_stage(1).await, Ok(2));
        assert_eq!(twelve_stages(1).await, Ok(13));
        assert_eq!(sixteen_stages(1).await, Ok(17));
        assert_eq!(merged(1).await, Ok(5 * (12 * 2 + 11 + 1)));
    }

    async fn five_thousand_levels_on_tasks_of_their_own() {
        assert_eq!(spawned(5_000).await, Ok(5_000));
    }

    async fn dropped_deep_down() {
        let mut function = Box::pin(spawned(500));
        let _ = polls(function.as_mut(), 20).await;
        drop(function);
        taskgroup::orphans().await;
    }
}

/// Polls and drops functions with two stages, nested `depth` deep, on a thread with so much stack.
fn nests(depth: u64, stack: usize) {
    let test = move || {
        in_virtual_time(Box::pin(async {
            assert_eq!(Box::pin(staged(depth)).await, Ok(depth));
            let mut function = Box::pin(staged(depth));
            for _ in 0..depth {
                assert!(poll_once(function.as_mut()).is_pending());
            }
            drop(function);
        }));
    };
    let thread = std::thread::Builder::new().stack_size(stack).spawn(test).expect("a thread");
    thread.join().expect("no panic");
}

/// With the stack that tokio gives its workers. A level takes some 8 kB without optimization; where polls are observed, a
/// span too, and 180 levels have to do. `TASKGROUP_DEPTH` changes the number.
#[test]
fn two_hundred_and_fifty_levels_with_stages_on_a_worker() {
    let most = if cfg!(feature = "watched") { 180 } else { 250 };
    nests(std::env::var("TASKGROUP_DEPTH").ok().and_then(|depth| depth.parse().ok()).unwrap_or(most), 2 << 20);
}
