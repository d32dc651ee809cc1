// errors: 1
#![deny(unused_must_use)]
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    group!(user = fetch_user(client, 1), posts = fetch_posts(client.clone(), 1));
    Ok(())
}

fn main() {}
