// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[spawn_blocking]
        user = fetch_posts(client.clone(), 1),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - #[spawn_blocking]
// + #[blocking]
// - user = fetch_posts(client.clone(), 1),
// + user = move || parse("1"),
