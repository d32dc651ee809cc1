// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = async {
            std::thread::sleep(Duration::from_millis(1));
            fetch_user(client, 1).await
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - std::thread::sleep(Duration::from_millis(1));
// + tokio::time::sleep(Duration::from_millis(1)).await;

// Applied:
// - user = async {
// + #[allow(blocking_sleep)]
// + user = async {
