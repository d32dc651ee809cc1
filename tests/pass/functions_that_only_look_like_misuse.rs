//! What the checks of `#[task_group]` must leave alone: words in strings and comments, functions that share a name, children
//! that are used in unusual places, and opt-outs.

use std::{io, time::Duration};

use taskgroup::{Child, task_group};

struct Pool;

impl Pool {
    fn spawn<T>(&self, value: T) -> T {
        value
    }
}

mod thread {
    pub fn sleep(_: std::time::Duration) {}
}

async fn number(n: u32) -> io::Result<u32> {
    Ok(n)
}

#[task_group]
async fn words() -> io::Result<u32> {
    // tokio::spawn(f()) and std::thread::sleep(d) in a comment
    let text = "tokio::spawn(f()) and std::thread::sleep(d)";
    let n = Pool.spawn(1);
    thread::sleep(Duration::ZERO);
    let listed = stringify!(tokio::spawn);
    #[child]
    let sum = number(n);
    Ok(sum.await + (text.len() + listed.len()) as u32)
}

#[task_group]
async fn uses() -> io::Result<u32> {
    #[child]
    let in_a_vec = number(1);
    #[child]
    let in_a_block = number(2);
    #[child]
    let in_a_macro = number(3);
    #[child]
    let cancelled = number(4);
    #[child]
    let in_a_select = number(5);
    #[child]
    let in_a_branch = number(6);
    #[child]
    let renamed = number(7);
    let other = renamed;
    let other = other.await;
    let all = vec![in_a_vec];
    let two = { in_a_block.await };
    assert_eq!(in_a_macro.await, 3);
    let four = Child::cancel(cancelled).await;
    let five = tokio::select! { five = in_a_select => five };
    let six = if five == 5 { in_a_branch.await } else { 0 };
    Ok(all.join().await.len() as u32 + other + two + four.unwrap_or(0) + six)
}

#[task_group(allow(detached, blocking_sleep))]
async fn allowed() -> io::Result<()> {
    std::thread::sleep(Duration::ZERO);
    tokio::spawn(async {}).await.map_err(io::Error::other)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    words().await?;
    uses().await?;
    allowed().await
}
