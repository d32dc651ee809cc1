// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        for n in 5 { fetch_user(client, n) },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - for n in 5 { fetch_user(client, n) },
// + for n in 0..5 { fetch_user(client, n) },

// Applied:
// - for n in 5 { fetch_user(client, n) },
// + #[stream]
// + for n in futures::stream::iter(0..5) { fetch_user(client, n) },
