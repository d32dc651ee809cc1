// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (posts, page) = group!(
        spawn fetch_posts(client.clone(), 1),
        page = fetch(client, "a"),
    )
    .await?;
    println!("{posts:?} {page}");
    Ok(())
}

fn main() {}

// Applied:
// - spawn fetch_posts(client.clone(), 1),
// + fetch_posts(client.clone(), 1),

// Applied:
// - spawn fetch_posts(client.clone(), 1),
// + #[spawn]
// + fetch_posts(client.clone(), 1),
