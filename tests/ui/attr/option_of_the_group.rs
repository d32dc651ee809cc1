// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[timeout(Duration::from_secs(1))]
        user = fetch_user(client, 1),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - #[timeout(Duration::from_secs(1))]
// - .await?;
// + .outcome()
// + .timeout(Duration::from_secs(1))
// + .await;
