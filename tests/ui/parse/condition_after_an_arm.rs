// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, page) = group!(
        user = fetch_user(client, 1), if client.is_open(),
        page = fetch(client, "a"),
    )
    .await?;
    println!("{user:?} {page}");
    Ok(())
}

fn main() {}

// Applied:
// - user = fetch_user(client, 1), if client.is_open(),
// + user = async { if client.is_open() { fetch_user(client, 1).await.map(Some) } else { Ok(None) } },
