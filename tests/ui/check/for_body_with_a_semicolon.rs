// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        for url in ["a", "b"] {
            fetch(client, url);
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - fetch(client, url);
// + fetch(client, url)
