// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group(timeout = Duration::from_secs(1))]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    heartbeat(client);
    Ok(())
}

fn main() {}

// Applied:
// - #[task_group(timeout = Duration::from_secs(1))]
// + struct Failure;
// +
// + impl From<AppError> for Failure {
// + fn from(_: AppError) -> Self {
// + Self
// + }
// + }
// +
// + impl From<taskgroup::Cancelled> for Failure {
// + fn from(_: taskgroup::Cancelled) -> Self {
// + Self
// + }
// + }
// +
// + #[task_group(timeout = Duration::from_secs(1))]
// - async fn run(client: &Client) -> Result<(), AppError> {
// + async fn run(client: &Client) -> Result<(), Failure> {
