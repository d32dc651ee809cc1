// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        'urls: for url in ["a", "b"] {
            loop {
                if url == "b" {
                    break 'urls;
                }
            }
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - 'urls: for url in ["a", "b"] {
// + for url in ["a", "b"].into_iter().take(1) {
// - loop {
// + fetch(client, url)
// - if url == "b" {
// - break 'urls;
// - }
// - }
