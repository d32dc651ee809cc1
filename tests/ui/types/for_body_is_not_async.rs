// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        for url in ["a", "b"] { find_page(url) },
    )
    .await?;
    Ok(())
}

fn main() {}
