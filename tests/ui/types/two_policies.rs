// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(fetch_user(client, 1)).settle().race().await;
    Ok(())
}

fn main() {}
