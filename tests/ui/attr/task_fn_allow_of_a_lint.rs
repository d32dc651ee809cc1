// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group(allow(unused))]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    heartbeat(client);
    Ok(())
}

fn main() {}

// Applied:
// - #[task_group(allow(unused))]
// + #[task_group]
// + #[allow(unused)]

// Applied:
// - #[task_group(allow(unused))]
// + #[task_group(allow(detached))]
