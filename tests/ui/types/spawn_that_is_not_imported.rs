// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    group!(spawn(fetch_posts(client.clone(), 1)), fetch_user(client, 1)).await?;
    Ok(())
}

fn main() {}
