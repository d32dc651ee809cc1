// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let user = group!(user = |scope: &Client| fetch_user(client, 1)).await?;
    println!("{user:?}");
    Ok(())
}

fn main() {}

// Applied:
// - let user = group!(user = |scope: &Client| fetch_user(client, 1)).await?;
// + let user = group!(user = fetch_user(client, 1)).await?;

// Applied:
// - let user = group!(user = |scope: &Client| fetch_user(client, 1)).await?;
// + let user = group!(user = async { fetch_user(client, 1).await }).await?;
