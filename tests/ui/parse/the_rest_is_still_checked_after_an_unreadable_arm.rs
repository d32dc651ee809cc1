// errors: 3
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, posts) = group!(
        user = fetch_user(client 1),
        posts = fetch_posts(client.clone(), "one"),
    )
    .limit(2)
    .await?;
    let total: u64 = user.name.len() + posts.len();
    let text: u64 = "text";
    Ok(())
}

fn main() {}

// Applied:
// - user = fetch_user(client 1),
// + user = fetch_user(client, 1),
// - posts = fetch_posts(client.clone(), "one"),
// + posts = fetch_posts(client.clone(), 1),
// - let total: u64 = user.name.len() + posts.len();
// + let total: usize = user.name.len() + posts.len();
// - let text: u64 = "text";
// + let text: &str = "text";
