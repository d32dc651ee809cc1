// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        posts = fetch_all(client),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - posts = fetch_all(client),
// +         posts = fetch_pair(client),
