// errors: 2
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = find_user(client)?,
        page = fetch(client, "a")?,
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - let _ = group!(
// + let user = find_user(client)?;
// + let _ = group!(
// - user = find_user(client)?,
// + fetch(client, &user.name),
// - page = fetch(client, "a")?,
// + page = fetch(client, "a"),
