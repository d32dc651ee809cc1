// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        count = async { 5 },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - count = async { 5 },
// + count = taskgroup::ok(async { 5 }),

// Applied:
// - count = async { 5 },
// + count = async { Ok(5) },
