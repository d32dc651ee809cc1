// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    group! {
        launch { fetch_user(client, 1).await },
        fetch(client, "a"),
    }
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - launch { fetch_user(client, 1).await },
// + async { fetch_user(client, 1).await },

// Applied:
// - group! {
// + let owned = client.clone();
// + group! {
// - launch { fetch_user(client, 1).await },
// + #[spawn]
// + async move { fetch_user(&owned, 1).await },
