// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        #[daemon]
        async {
            loop {
                std::thread::sleep(Duration::from_millis(1));
            }
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - std::thread::sleep(Duration::from_millis(1));
// + tokio::time::sleep(Duration::from_millis(1)).await;
