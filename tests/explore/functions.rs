//! `testing::explore` on `#[task_group]` functions: whatever falls between any two polls, nothing of them stays.

use std::{io, time::Duration};

use taskgroup::{
    Child, or_cancelled, task_group,
    testing::{explore, fail_point, point},
};
use tokio::{task::yield_now, time::sleep};

const MS: Duration = Duration::from_millis(1);

async fn step(n: u32) -> io::Result<u32> {
    fail_point("step")?;
    for _ in 0..n {
        yield_now().await;
    }
    point("step").await;
    Ok(n)
}

async fn beat() -> io::Result<()> {
    loop {
        or_cancelled(sleep(1_000 * MS)).await?;
    }
}

/// Stages, a loop, a spawned child, daemons, and a child that is cancelled.
#[task_group(grace = MS)]
async fn staged(turns: u32) -> io::Result<u32> {
    #[child]
    let first = step(1);
    #[spawn]
    let second = step(2);
    #[daemon]
    beat();
    let base = step(1).await?;
    let first = first.await;
    let mut many = Vec::new();
    for n in 0..turns {
        #[child]
        let one = step(n + first);
        many.push(one);
    }
    #[spawn]
    let endless = async { beat().await.map(|()| 0) };
    let sum: u32 = many.join().await.into_iter().sum();
    Child::cancel(endless).await;
    Ok(base + first + sum + second.await)
}

/// The same, inside children of another function.
#[task_group]
async fn nested() -> io::Result<u32> {
    #[child]
    let here = staged(1);
    #[spawn]
    let there = staged(2);
    let (here, there) = (here, there).join().await;
    Ok(here + there)
}

#[test]
fn a_function_with_stages_loops_and_daemons_leaves_nothing_behind() {
    let explored = explore(|| async {
        if let Ok(sum) = staged(3).await {
            assert_eq!(sum, 1 + 1 + 6 + 2);
        }
    });
    assert!(explored.runs() > 50, "{explored}");
}

#[test]
fn functions_inside_functions_leave_nothing_behind() {
    let explored = explore(|| async {
        if let Ok(sum) = nested().await {
            assert_eq!(sum, 5 + 7);
        }
    });
    assert!(explored.runs() > 50, "{explored}");
}
