// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
const fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    heartbeat(client);
    Ok(())
}

fn main() {}

// Applied:
// - const fn run(client: &Client) -> Result<(), AppError> {
// + async fn run(client: &Client) -> Result<(), AppError> {
