// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[daemon]
    let beat = heartbeat(client);
    beat.await;
    Ok(())
}

fn main() {}

// Applied:
// - let beat = heartbeat(client);
// + heartbeat(client);
// - beat.await;

// Applied:
// - #[daemon]
// + #[child]
