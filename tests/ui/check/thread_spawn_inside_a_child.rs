// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(user = async {
        std::thread::spawn(|| render(&[]));
        fetch_user(client, 1).await
    })
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - let _ = group!(user = async {
// + let _ = group!(#[blocking] name = move || render(&[]), user = async {
// - std::thread::spawn(|| render(&[]));

// Applied:
// - let _ = group!(user = async {
// + let _ = group!(#[allow(detached)] user = async {
