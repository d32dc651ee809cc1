// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, posts) = group!(fetch_user(client, 1), fetch_posts(client.clone(), 1)).await;
    Ok(())
}

fn main() {}
