// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    group!().await?;
    Ok(())
}

fn main() {}

// Applied:
// - group!().await?;
// + group!(name = fetch_user(client, 1)).await?;
