// errors: 2
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = (fetch_user client, 1),
        page = &(fetch_user client, 1),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - user = (fetch_user client, 1),
// +         user = fetch_user(client, 1),
// - page = &(fetch_user client, 1),
// +         page = fetch_user(client, 1),
