// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, n) = group!(user = fetch_user(client, 1), n = tokio::task::spawn_blocking(|| parse("1"))).await?;
    println!("{user:?} {n:?}");
    Ok(())
}

fn main() {}

// Applied:
// - let (user, n) = group!(user = fetch_user(client, 1), n = tokio::task::spawn_blocking(|| parse("1"))).await?;
// + let (user, n) = group!(user = fetch_user(client, 1), #[blocking] n = move || parse("1")).await?;
