// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1) => println!("{user:?}"),
        posts = fetch_posts(client.clone(), 1),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - let _ = group!(
// + let (user, _) = group!(
// - user = fetch_user(client, 1) => println!("{user:?}"),
// + user = fetch_user(client, 1),
// - Ok(())
// + println!("{user:?}");
// + Ok(())
