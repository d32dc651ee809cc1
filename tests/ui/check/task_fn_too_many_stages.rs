// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

async fn double(n: &u64) -> Result<u64, AppError> {
    Ok(n * 2)
}

#[task_group]
async fn run() -> Result<u64, AppError> {
    let n0 = 1;
    #[child]
    let n = double(&n0);
    let n1 = n.await;
    #[child]
    let n = double(&n1);
    let n2 = n.await;
    #[child]
    let n = double(&n2);
    let n3 = n.await;
    #[child]
    let n = double(&n3);
    let n4 = n.await;
    #[child]
    let n = double(&n4);
    let n5 = n.await;
    #[child]
    let n = double(&n5);
    let n6 = n.await;
    #[child]
    let n = double(&n6);
    let n7 = n.await;
    #[child]
    let n = double(&n7);
    let n8 = n.await;
    #[child]
    let n = double(&n8);
    let n9 = n.await;
    #[child]
    let n = double(&n9);
    let n10 = n.await;
    #[child]
    let n = double(&n10);
    let n11 = n.await;
    #[child]
    let n = double(&n11);
    let n12 = n.await;
    #[child]
    let n = double(&n12);
    let n13 = n.await;
    #[child]
    let n = double(&n13);
    let n14 = n.await;
    #[child]
    let n = double(&n14);
    let n15 = n.await;
    #[child]
    let n = double(&n15);
    let n16 = n.await;
    #[child]
    let n = double(&n16);
    let n17 = n.await;
    Ok(n17)
}

fn main() {}

// Applied:
// - #[task_group]
// + #[task_group]
// + async fn last(n16: u64) -> Result<u64, AppError> {
// + #[child]
// + let n = double(&n16);
// + Ok(n.await)
// + }
// +
// + #[task_group]
// - let n16 = n.await;
// + let n16 = n.await;
// + let n17 = last(n16).await?;
// - #[child]
// - let n = double(&n16);
// - let n17 = n.await;
