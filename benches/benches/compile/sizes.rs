//! The sizes of futures.

use std::{hint::black_box, mem::size_of_val};

use taskgroup::{group, task_group};

#[derive(Debug)]
struct Failed;

/// A future of 104 bytes.
async fn child(n: u64) -> Result<u64, Failed> {
    let kept = [n; 8];
    tokio::task::yield_now().await;
    Ok(kept[(black_box(n) % 8) as usize])
}

#[task_group]
async fn two() -> Result<u64, Failed> {
    #[child]
    let a = child(1);
    #[child]
    let b = child(2);
    let (a, b) = (a, b).join().await;
    Ok(a + b)
}

#[task_group]
async fn three() -> Result<u64, Failed> {
    #[child]
    let a = child(1);
    #[child]
    let b = child(2);
    #[child]
    let c = child(3);
    let (a, b, c) = (a, b, c).join().await;
    Ok(a + b + c)
}

macro_rules! row {
    ($count:literal: $($n:literal)*) => {{
        let ours = size_of_val(&async { group!($(child($n)),*).await });
        let its = size_of_val(&async { tokio::try_join!($(child($n)),*) });
        println!("| {} | {ours} | {its} | {:.2} |", $count, ours as f64 / its as f64);
    }};
}

pub fn print() {
    let statement = size_of_val(&three()) - size_of_val(&two());
    println!("| children of {} B | group! | tokio::try_join! | ours / it |", size_of_val(&child(0)));
    println!("| ---: | ---: | ---: | ---: |");
    row!(2: 0 1);
    row!(8: 0 1 2 3 4 5 6 7);
    row!(32: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
    println!("\nThe statement of a third child makes a `#[task_group]` function {statement} bytes larger.");
}
