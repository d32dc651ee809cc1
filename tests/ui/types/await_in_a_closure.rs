// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let users = [1, 2].map(|id| group!(user = fetch_user(client, id)).await);
    drop(users);
    Ok(())
}

fn main() {}
