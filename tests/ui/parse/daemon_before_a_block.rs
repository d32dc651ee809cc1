// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let user = group! {
        user = fetch_user(client, 1),
        daemon { heartbeat(client).await },
    }
    .await?;
    println!("{user:?}");
    Ok(())
}

fn main() {}

// Applied:
// - daemon { heartbeat(client).await },
// + #[daemon]
// + async { heartbeat(client).await },
