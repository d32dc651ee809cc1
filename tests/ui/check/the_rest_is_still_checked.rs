// errors: 3
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, posts, pages) = group!(
        user = fetch_user(client, 1).await?,
        #[spawn]
        posts = tokio::spawn(fetch_posts(client.clone(), 1)),
        pages = for url in ["a", "b"] { fetch(client, url) },
    )
    .await?;
    let name: &str = user.name;
    let count = posts.len();
    let first: u64 = pages;
    Ok(())
}

fn main() {}

// Applied:
// - user = fetch_user(client, 1).await?,
// + user = fetch_user(client, 1),
// - posts = tokio::spawn(fetch_posts(client.clone(), 1)),
// + posts = fetch_posts(client.clone(), 1),
// - let name: &str = user.name;
// + let name: &str = &user.name;
// - let first: u64 = pages;
// + let first: Vec<String> = pages;
