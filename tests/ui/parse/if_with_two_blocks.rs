// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client, wanted: bool) -> Result<(), AppError> {
    let _ = group!(
        user = if wanted { fetch_user(client, 1) } { fetch_user(client, 2) },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - user = if wanted { fetch_user(client, 1) } { fetch_user(client, 2) },
// +         user = if wanted { fetch_user(client, 1) } else { fetch_user(client, 2) },
