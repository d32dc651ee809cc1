// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    || std::thread::sleep(Duration::from_secs(1));
    println!("{client:?}");
    Ok(())
}

fn main() {}

// Applied:
// - #[child]
// + #[blocking]
// - || std::thread::sleep(Duration::from_secs(1));
// + || {
// + std::thread::sleep(Duration::from_secs(1));
// + Ok(())
// + };

// Applied:
// - || std::thread::sleep(Duration::from_secs(1));
// + async {
// + tokio::time::sleep(Duration::from_secs(1)).await;
// + Ok(())
// + };
