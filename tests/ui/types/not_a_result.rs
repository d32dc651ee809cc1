// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        count = count(client),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - count = count(client),
// + count = taskgroup::ok(count(client)),
