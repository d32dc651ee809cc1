// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        for Some(n) in [Some(1), None] { fetch_user(client, n) },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - for Some(n) in [Some(1), None] { fetch_user(client, n) },
// + for n in [Some(1), None].into_iter().flatten() { fetch_user(client, n) },
