// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn save(client: &Client) -> Result<User, AppError> {
    #[child]
    async {
        std::thread::sleep(Duration::from_secs(60));
        Ok(())
    };
    #[child]
    let user = fetch_user(client, 1);
    Ok(user.await)
}

fn main() {}

// Applied:
// - std::thread::sleep(Duration::from_secs(60));
// + tokio::time::sleep(Duration::from_secs(60)).await;

// Applied:
// - #[child]
// + #[blocking]
// - async {
// + || {
