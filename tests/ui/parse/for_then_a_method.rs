// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        pages = for url in ["a", "b"] { fetch(client, url) }.len(),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - let _ = group!(
// + let pages = group!(
// - pages = for url in ["a", "b"] { fetch(client, url) }.len(),
// + pages = for url in ["a", "b"] { fetch(client, url) },
// - Ok(())
// + println!("{}", pages.len());
// + Ok(())
