// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group(limit(8))]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    heartbeat(client);
    Ok(())
}

fn main() {}

// Applied:
// - #[task_group(limit(8))]
// + #[task_group(limit = 8)]
