// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let group = group!(user = fetch_user(client, 1), page = fetch(client, "a"));
    let (user, _) = group.await?;
    report(user);
    group.limit(1);
    Ok(())
}

fn main() {}
