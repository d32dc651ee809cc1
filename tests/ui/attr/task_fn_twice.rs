// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    #[child]
    heartbeat(client);
    Ok(())
}

fn main() {}

// Applied:
// - #[child]
