// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        users = for id in [1, 2] { fetch_user client, id },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - users = for id in [1, 2] { fetch_user client, id },
// +         users = for id in [1, 2] { fetch_user(client, id) },
