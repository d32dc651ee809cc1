// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let group = group!(user = fetch_user(client, 1));
    let more = group.spawn(fetch_posts(client.clone(), 1));
    more.await?;
    Ok(())
}

fn main() {}
