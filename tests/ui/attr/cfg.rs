// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[cfg(unix)]
        user = fetch_user(client, 1),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - let _ = group!(
// + #[cfg(unix)]
// + let _ = group!(
// - #[cfg(unix)]

// Applied:
// - async fn run(client: &Client) -> Result<(), AppError> {
// + #[cfg(unix)]
// + async fn me(client: &Client) -> Result<User, AppError> {
// + fetch_user(client, 1).await
// + }
// +
// + #[cfg(not(unix))]
// + async fn me(_: &Client) -> Result<User, AppError> {
// + Err(AppError)
// + }
// +
// + async fn run(client: &Client) -> Result<(), AppError> {
// - #[cfg(unix)]
// - user = fetch_user(client, 1),
// + user = me(client),
