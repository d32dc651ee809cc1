// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group(catch_panics)]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    heartbeat(client);
    Ok(())
}

fn main() {}

// Applied:
// - #[task_group(catch_panics)]
// + struct Failure;
// +
// + impl From<AppError> for Failure {
// + fn from(_: AppError) -> Self {
// + Self
// + }
// + }
// +
// + impl From<taskgroup::Panicked> for Failure {
// + fn from(_: taskgroup::Panicked) -> Self {
// + Self
// + }
// + }
// +
// + #[task_group(catch_panics)]
// - async fn run(client: &Client) -> Result<(), AppError> {
// + async fn run(client: &Client) -> Result<(), Failure> {
