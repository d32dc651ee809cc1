// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    heartbeat(client);
    std::thread::sleep(Duration::from_secs(1));
    Ok(())
}

fn main() {}

// Applied:
// - std::thread::sleep(Duration::from_secs(1));
// + tokio::time::sleep(Duration::from_secs(1)).await;

// Applied:
// - std::thread::sleep(Duration::from_secs(1));
// + #[blocking]
// + move || {
// + std::thread::sleep(Duration::from_secs(1));
// + Ok(())
// + };

// Applied:
// - #[task_group]
// + #[task_group(allow(blocking_sleep))]
