// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[spawned]
        user = fetch_posts(client.clone(), 1),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - #[spawned]
// + #[spawn]
