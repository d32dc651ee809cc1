// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        posts = tokio::task::spawn(fetch_posts(client.clone(), 1)),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - posts = tokio::task::spawn(fetch_posts(client.clone(), 1)),
// + #[spawn]
// + posts = fetch_posts(client.clone(), 1),
