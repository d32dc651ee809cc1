// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        for _ in [1, 2] { count(client) },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - for _ in [1, 2] { count(client) },
// + for _ in [1, 2] { taskgroup::ok(count(client)) },
