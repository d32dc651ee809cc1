// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[spawn]
        for own in [client.clone()] { fetch(&own, "a") },
    )
    .await?;
    Ok(())
}

fn main() {}
