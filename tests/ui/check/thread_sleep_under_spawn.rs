// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[spawn]
        posts = async {
            ::std::thread::sleep(Duration::from_millis(1));
            Ok::<_, AppError>(())
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - ::std::thread::sleep(Duration::from_millis(1));
// + tokio::time::sleep(Duration::from_millis(1)).await;

// Applied:
// - #[spawn]
// + #[blocking]
// - posts = async {
// + posts = move || {
