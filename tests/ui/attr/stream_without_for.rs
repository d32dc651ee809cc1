// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[stream]
        user = fetch_user(client, 1),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - user = fetch_user(client, 1),
// + users = for id in futures::stream::iter([1, 2]) { fetch_user(client, id) },
