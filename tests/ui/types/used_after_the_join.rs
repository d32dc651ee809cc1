// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let group = group!(user = fetch_user(client, 1), page = fetch(client, "a"));
    let joined = async { group.await };
    let (user, _) = joined.await?;
    report(user);
    drop(group);
    Ok(())
}

fn main() {}
