// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        {
            fetch(client, "a");
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - {
// + async {
// - fetch(client, "a");
// + fetch(client, "a").await?;
// + Ok(())
