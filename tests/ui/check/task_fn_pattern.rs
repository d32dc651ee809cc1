// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let (text, n) = fetch_pair(client);
    println!("{text} {n}");
    Ok(())
}

fn main() {}

// Applied:
// - let (text, n) = fetch_pair(client);
// + let pair = fetch_pair(client);
// + let (text, n) = pair.await;
