// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn beat() -> Result<(), std::io::Error> {
    Ok(())
}

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        #[daemon]
        beat(),
    )
    .await?;
    Ok(())
}

fn main() {}
