// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        for url in ["a", "b"] {
            match url {
                "b" => continue,
                url => fetch(client, url),
            }
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - for url in ["a", "b"] {
// + for url in ["a", "b"].into_iter().filter(|url| *url != "b") {
// - "b" => continue,

// Applied:
// - "b" => continue,
// + "b" => return Ok(String::new()),
