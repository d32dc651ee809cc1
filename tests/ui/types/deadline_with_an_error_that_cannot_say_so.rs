// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let soon = tokio::time::Instant::now();
    let _ = group!(user = fetch_user(client, 1)).deadline(soon).await?;
    Ok(())
}

fn main() {}

// Applied:
// - let _ = group!(user = fetch_user(client, 1)).deadline(soon).await?;
// + let _ = group!(user = fetch_user(client, 1)).outcome().deadline(soon).await;
