// errors: 3
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    use std::future::ready;
    let first = fetch_user(client, 2);
    let _ = group!(
        one = taskgroup ok(async { 1 }),
        two = taskgroup::ok ready(2),
        three = first fetch_user(client, 3),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - one = taskgroup ok(async { 1 }),
// +         one = taskgroup::ok(async { 1 }),
// - two = taskgroup::ok ready(2),
// +         two = taskgroup::ok(ready(2)),
// - three = first fetch_user(client, 3),
// +         three = first, fetch_user(client, 3),
