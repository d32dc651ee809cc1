// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let user = group!(user-1 = fetch_user(client, 1)).await?;
    println!("{user:?}");
    Ok(())
}

fn main() {}

// Applied:
// - let user = group!(user-1 = fetch_user(client, 1)).await?;
// + let user = group!(user_1 = fetch_user(client, 1)).await?;
