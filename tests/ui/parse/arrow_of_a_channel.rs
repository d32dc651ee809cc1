// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, page) = group!(user <- fetch_user(client, 1), page = fetch(client, "a")).await?;
    println!("{user:?} {page}");
    Ok(())
}

fn main() {}

// Applied:
// - let (user, page) = group!(user <- fetch_user(client, 1), page = fetch(client, "a")).await?;
// + let (user, page) = group!(user = fetch_user(client, 1), page = fetch(client, "a")).await?;
