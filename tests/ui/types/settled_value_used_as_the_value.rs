// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let user = group!(fetch_user(client, 1)).settle().await;
    report(user);
    Ok(())
}

fn main() {}
