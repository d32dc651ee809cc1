// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        for url in ["a", "b"] { fetch(client, url).await },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - for url in ["a", "b"] { fetch(client, url).await },
// + for url in ["a", "b"] { fetch(client, url) },

// Applied:
// - for url in ["a", "b"] { fetch(client, url).await },
// + for url in ["a", "b"] { async move { fetch(client, url).await } },
