// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let user = group!(user = || async { fetch_user(client, 1).await }).await?;
    println!("{user:?}");
    Ok(())
}

fn main() {}

// Applied:
// - let user = group!(user = || async { fetch_user(client, 1).await }).await?;
// + let user = group!(user = async { fetch_user(client, 1).await }).await?;
