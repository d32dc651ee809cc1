// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group! {}.await?;
    Ok(())
}

fn main() {}

// Applied:
// - let _ = group! {}.await?;
// + let _ = group! { name = fetch_user(client, 1) }.await?;
