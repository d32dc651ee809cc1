// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(user = fetch_user(client, 1), page = fetch(client, "a")).race().await;
    Ok(())
}

fn main() {}

// Applied:
// - let _ = group!(user = fetch_user(client, 1), page = fetch(client, "a")).race().await;
// + let _ = group!(user = fetch_user(client, 1), page = fetch(client, "a")).await;
