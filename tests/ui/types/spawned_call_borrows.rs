// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let own = Client;
    group!(
        user = fetch_user(client, 1),
        #[spawn]
        page = fetch(&own, "a"),
    )
    .await?;
    Ok(())
}

fn main() {}
