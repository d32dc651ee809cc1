// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[spawn]
        for url in ["a", "b"] {
            if url == "b" {
                continue;
            }
            fetch_owned(client.clone(), url)
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - for url in ["a", "b"] {
// + for url in ["a", "b"].into_iter().filter(|url| *url != "b") {
// - if url == "b" {
// - continue;
// - }
