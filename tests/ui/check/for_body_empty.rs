// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        for _url in ["a", "b"] {},
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - for _url in ["a", "b"] {},
// + for _url in ["a", "b"] { fetch(client, _url) },
