// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        for url in ["a", "b"] {
            let _page = fetch(client, url);
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - let _page = fetch(client, url);
// + fetch(client, url)
