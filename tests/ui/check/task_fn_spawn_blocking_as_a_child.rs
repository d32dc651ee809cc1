// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let n = tokio::task::spawn_blocking(|| parse("1"));
    let n: u64 = n.await;
    println!("{n} {client:?}");
    Ok(())
}

fn main() {}

// Applied:
// - #[child]
// + #[blocking]
// - let n = tokio::task::spawn_blocking(|| parse("1"));
// + let n = move || parse("1");
