// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = async {
            tokio::spawn(fetch_posts(client.clone(), 1));
            fetch_user(client, 1).await
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - user = async {
// + #[spawn]
// + posts = fetch_posts(client.clone(), 1),
// + user = async {
// - tokio::spawn(fetch_posts(client.clone(), 1));

// Applied:
// - user = async {
// + #[allow(detached)]
// + user = async {
