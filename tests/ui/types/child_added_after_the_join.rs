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

// Applied:
// - let group = group!(user = fetch_user(client, 1));
// + let (_user, _more) = group!(user = fetch_user(client, 1), more = fetch_posts(client.clone(), 1)).await?;
// - let more = group.spawn(fetch_posts(client.clone(), 1));
// - more.await?;

// Applied:
// - let group = group!(user = fetch_user(client, 1));
// + let (_user, _more) = group!(
// + user = fetch_user(client, 1),
// + more = for id in [1, 2] { fetch_posts(client.clone(), id) },
// + )
// + .await?;
// - let more = group.spawn(fetch_posts(client.clone(), 1));
// - more.await?;

// Applied:
// - async fn run(client: &Client) -> Result<(), AppError> {
// + #[taskgroup::task_group]
// + async fn run(client: &Client) -> Result<(), AppError> {
// - let group = group!(user = fetch_user(client, 1));
// + #[child]
// + fetch_user(client, 1);
// - let more = group.spawn(fetch_posts(client.clone(), 1));
// + #[spawn]
// + fetch_posts(client.clone(), 1);
// - more.await?;
