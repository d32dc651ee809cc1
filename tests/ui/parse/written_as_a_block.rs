// errors: 3
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, page) = group! {
        let user = fetch_user(client, 1);
        let page = fetch(client, "a");
        (user, page)
    }
    .await?;
    println!("{user:?} {page}");
    Ok(())
}

fn main() {}

// Applied:
// - let user = fetch_user(client, 1);
// + user = fetch_user(client, 1),
// - let page = fetch(client, "a");
// + page = fetch(client, "a"),
// - (user, page)
