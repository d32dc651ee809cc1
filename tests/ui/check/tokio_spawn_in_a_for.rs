// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        for n in [1, 2] { tokio::spawn(fetch_posts(client.clone(), n)) },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - for n in [1, 2] { tokio::spawn(fetch_posts(client.clone(), n)) },
// + #[spawn]
// + posts = for n in [1, 2] { fetch_posts(client.clone(), n) },
