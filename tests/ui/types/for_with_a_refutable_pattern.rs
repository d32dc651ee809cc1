// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        for Ok(n) in [Ok(1), Err(())] { fetch_user(client, n) },
    )
    .await?;
    Ok(())
}

fn main() {}
