// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        pages = for url in ["a", "b"] { fetch(client, url) }?,
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - pages = for url in ["a", "b"] { fetch(client, url) }?,
// + pages = for url in ["a", "b"] { fetch(client, url) },
