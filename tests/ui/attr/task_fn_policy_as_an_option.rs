// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group(settle)]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    heartbeat(client);
    Ok(())
}

fn main() {}

// Applied:
// - use taskgroup::task_group;
// + use taskgroup::{group, task_group};
// - #[task_group(settle)]
// + #[task_group]
// - #[child]
// - heartbeat(client);
// + let beat = group!(heartbeat(client)).settle().await;
// + println!("{beat:?}");
