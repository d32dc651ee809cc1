// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    group!((for url in ["a", "b"] {
        fetch(client, url).await?;
    }))
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - group!((for url in ["a", "b"] {
// + group!(async {
// + for url in ["a", "b"] {
// - }))
// + }
// + Ok::<_, AppError>(())
// + })
