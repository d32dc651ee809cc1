// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[allow(unused_variables)]
        user = fetch_user(client, 1),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - let _ = group!(
// + #[allow(unused_variables)]
// + let _ = group!(
// - #[allow(unused_variables)]
