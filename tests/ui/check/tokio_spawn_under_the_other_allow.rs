// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[allow(blocking_sleep)]
        posts = tokio::spawn(fetch_posts(client.clone(), 1)),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - #[allow(blocking_sleep)]
// + #[spawn]
// - posts = tokio::spawn(fetch_posts(client.clone(), 1)),
// + posts = fetch_posts(client.clone(), 1),
