// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = find_user(client)?,
    )
    .await?;
    Ok(())
}

fn main() {}
