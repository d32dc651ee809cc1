// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        = fetch_user(client, 1),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - = fetch_user(client, 1),
// +         user = fetch_user(client, 1),

// Applied:
// - = fetch_user(client, 1),
// +         fetch_user(client, 1),
