// errors: 2
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, page) = group!(
        limit = 8,
        user = fetch_user(client, 1),
        page = fetch(client, "a"),
        .grace(Duration::from_secs(1)),
    )
    .await?;
    println!("{user:?} {page}");
    Ok(())
}

fn main() {}

// Applied:
// - limit = 8,
// - .grace(Duration::from_secs(1)),
// - .await?;
// + .limit(8)
// + .grace(Duration::from_secs(1))
// + .await?;
