// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        posts #[spawn] = fetch_posts(client.clone(), 1),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - posts #[spawn] = fetch_posts(client.clone(), 1),
// +         #[spawn]
// +         posts = fetch_posts(client.clone(), 1),
