// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        while client.is_open() {
            fetch(client, "a").await?;
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - while client.is_open() {
// + async {
// + while client.is_open() {
// - },
// + }
// + Ok::<_, AppError>(())
// + },
