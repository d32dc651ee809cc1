// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    group!(async {
        fetch(client, "a").await?;
    })
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - fetch(client, "a").await?;
// + fetch(client, "a").await?;
// + Ok::<_, AppError>(())
