// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let own = Client;
    let _ = group!(
        user = fetch_user(client, 1),
        #[daemon]
        #[spawn]
        heartbeat(&own),
    )
    .await?;
    Ok(())
}

fn main() {}
