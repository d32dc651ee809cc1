// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(user = fetch_user(client, 1)).cancel_on(std::future::ready(())).await?;
    Ok(())
}

fn main() {}

// Applied:
// - let _ = group!(user = fetch_user(client, 1)).cancel_on(std::future::ready(())).await?;
// + let _ = group!(user = fetch_user(client, 1)).outcome().cancel_on(std::future::ready(())).await;
