// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let text = read_text();
    println!("{}", text.await);
    Ok(())
}

fn main() {}

// Applied:
// - let text = read_text();
// + let text = async { read_text().await.map_err(|_| AppError) };

// Applied:
// - #[task_group]
// + struct Failure;
// +
// + impl From<std::io::Error> for Failure {
// + fn from(_: std::io::Error) -> Self {
// + Self
// + }
// + }
// +
// + #[task_group]
// - async fn run(client: &Client) -> Result<(), AppError> {
// + async fn run(client: &Client) -> Result<(), Failure> {
