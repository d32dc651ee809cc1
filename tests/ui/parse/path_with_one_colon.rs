// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        one = taskgroup:ok(async { 1 }),
        user = fetch_user(client, 1),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - one = taskgroup:ok(async { 1 }),
// +         one = taskgroup::ok(async { 1 }),
