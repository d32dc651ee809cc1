// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let group = group!(user = fetch_user(client, 1), page = fetch(client, "a"));
    let (user, page) = group.wait_all();
    println!("{user:?} {page}");
    Ok(())
}

fn main() {}

// Applied:
// - let (user, page) = group.wait_all();
// + let (user, page) = group.await?;
