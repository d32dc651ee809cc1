// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        for await url in ["a", "b"] { fetch(client, url) },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - for await url in ["a", "b"] { fetch(client, url) },
// + #[stream]
// + for url in futures::stream::iter(["a", "b"]) { fetch(client, url) },
