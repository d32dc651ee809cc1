// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        /// Who asks.
        /// Always there.
        user = fetch_user(client, 1),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - /// Who asks.
// + // Who asks.
// - /// Always there.
// + // Always there.
