// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    group!(
        #[daemon]
        heartbeat(client),
        #[daemon]
        second = heartbeat(client),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - #[daemon]
