// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = async {
            [1, 2].map(|n| fetch_posts(client.clone(), n)).map(tokio::spawn);
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
// + name = for n in [1, 2] { fetch_posts(client.clone(), n) },
// + user = async {
// - [1, 2].map(|n| fetch_posts(client.clone(), n)).map(tokio::spawn);

// Applied:
// - user = async {
// + #[allow(detached)]
// + user = async {
