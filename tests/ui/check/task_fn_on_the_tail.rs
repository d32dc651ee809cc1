// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    heartbeat(client)
}

fn main() {}

// Applied:
// - heartbeat(client)
// + heartbeat(client);
// + Ok(())

// Applied:
// - #[child]
// - heartbeat(client)
// + heartbeat(client).await
