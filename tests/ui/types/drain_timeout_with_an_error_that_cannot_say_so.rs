// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(user = fetch_user(client, 1)).drain_timeout(Duration::from_secs(1)).await?;
    Ok(())
}

fn main() {}

// Applied:
// - let _ = group!(user = fetch_user(client, 1)).drain_timeout(Duration::from_secs(1)).await?;
// + let _ = group!(user = fetch_user(client, 1)).outcome().drain_timeout(Duration::from_secs(1)).await;
