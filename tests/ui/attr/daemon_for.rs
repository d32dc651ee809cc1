// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        #[daemon]
        for _ in 0..2 { heartbeat(client) },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - for _ in 0..2 { heartbeat(client) },
// + async {
// + for _ in 0..2 {
// + heartbeat(client).await?;
// + }
// + Ok(())
// + },
