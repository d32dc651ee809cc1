// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, ()) = group!(
        user = fetch_user(client, 1),
        {
            let _ = fetch(client, "a");
        },
    )
    .await?;
    println!("{user:?}");
    Ok(())
}

fn main() {}

// Applied:
// - {
// + async {
// - let _ = fetch(client, "a");
// + let _ = fetch(client, "a");
// + Ok(())

// Applied:
// - {
// + async {
// - let _ = fetch(client, "a");
// + let _ = fetch(client, "a");
// + Ok::<_, AppError>(())
