// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (_, _) = group!(user = fetch_user(client, 1) page, = fetch_user(client, 2)).await?;
    Ok(())
}

fn main() {}

// Applied:
// - let (_, _) = group!(user = fetch_user(client, 1) page, = fetch_user(client, 2)).await?;
// + let (_, _) = group!(user = fetch_user(client, 1), page = fetch_user(client, 2)).await?;
