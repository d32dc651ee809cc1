// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(user = fetch_user(client, 1)).catch_panics().await?;
    Ok(())
}

fn main() {}

// Applied:
// - let _ = group!(user = fetch_user(client, 1)).catch_panics().await?;
// + let _ = group!(user = fetch_user(client, 1)).outcome().catch_panics().await;
