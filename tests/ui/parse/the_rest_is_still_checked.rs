// errors: 3
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, posts) = group!(
        user = fetch_user(client, 1),
        let posts = fetch_posts(client.clone(), 1),
    )
    .await?;
    let name: u64 = user.name;
    let first: u64 = posts.len();
    Ok(())
}

fn main() {}

// Applied:
// - let posts = fetch_posts(client.clone(), 1),
// + posts = fetch_posts(client.clone(), 1),
// - let name: u64 = user.name;
// + let name: String = user.name;
// - let first: u64 = posts.len();
// + let first: u64 = posts.len().try_into().unwrap();
