// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        for url in ["a", "b"] {
            std::thread::sleep(Duration::from_millis(1));
            fetch(client, url)
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - std::thread::sleep(Duration::from_millis(1));
// + tokio::time::sleep(Duration::from_millis(1)).await;
