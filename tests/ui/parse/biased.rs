// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, page) = group! {
        biased;
        user = fetch_user(client, 1),
        page = fetch(client, "a"),
    }
    .await?;
    println!("{user:?} {page}");
    Ok(())
}

fn main() {}

// Applied:
// - biased;

// Applied:
// - let (user, page) = group! {
// + let page = group! {
// - biased;
// - user = fetch_user(client, 1),
// + other = fetch(client, "b"),
// - .await?;
// + .race()
// + .await;
// - println!("{user:?} {page}");
// + println!("{page:?}");
