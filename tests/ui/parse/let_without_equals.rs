// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        fetch_user(client, 3),
        name = async { let user fetch_user(client, 1).await?; Ok(user.name) },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - name = async { let user fetch_user(client, 1).await?; Ok(user.name) },
// +         name = async { let user = fetch_user(client, 1).await?; Ok(user.name) },
