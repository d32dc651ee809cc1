// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        for url in ["a", "b"] {
            if url == "b" {
                break;
            }
            fetch(client, url)
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - for url in ["a", "b"] {
// + for url in ["a", "b"].into_iter().take(1) {
// - if url == "b" {
// - break;
// - }

// Applied:
// - for url in ["a", "b"] {
// + for url in ["a", "b"].into_iter().take_while(|url| *url != "b") {
// - if url == "b" {
// - break;
// - }

// Applied:
// - break;
// + return Err(AppError);
