// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    tokio::spawn(fetch_posts(client.clone(), 1));
    #[child]
    heartbeat(client);
    Ok(())
}

fn main() {}

// Applied:
// - tokio::spawn(fetch_posts(client.clone(), 1));
// + #[spawn]
// + fetch_posts(client.clone(), 1);

// Applied:
// - #[task_group]
// + #[task_group(allow(detached))]
