// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = async {
            drop(vec![tokio::spawn(fetch_posts(client.clone(), 1))]);
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
// - drop(vec![tokio::spawn(fetch_posts(client.clone(), 1))]);
