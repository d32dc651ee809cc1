// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let id = |id| fetch_user(client, id);
    let first = id(0);
    let _ = group!(
        one = id 1,
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - one = id 1,
// +         one = id(1),

// Applied:
// - one = id 1,
// +         one = first, id(1),
