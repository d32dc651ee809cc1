// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[blocking]
        for url in ["a", "b"] {
            if url == "b" {
                return Err(AppError);
            }
            move || parse(url)
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - if url == "b" {
// + move || {
// + if url == "b" {
// - move || parse(url)
// + parse(url)
// + }
