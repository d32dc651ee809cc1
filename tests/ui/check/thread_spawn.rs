// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        posts = std::thread::spawn(|| render(&[])),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - posts = std::thread::spawn(|| render(&[])),
// + #[blocking]
// + posts = move || render(&[]),
