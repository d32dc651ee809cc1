// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let own = Client;
    group!(
        user = fetch_user(client, 1),
        #[spawn]
        pages = for url in ["a", "b"] { fetch(&own, url) },
    )
    .await?;
    Ok(())
}

fn main() {}
