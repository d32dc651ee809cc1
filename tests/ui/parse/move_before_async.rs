// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = move async { fetch_user(client, 1).await },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - user = move async { fetch_user(client, 1).await },
// +         user = async move { fetch_user(client, 1).await },
