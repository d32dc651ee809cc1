// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

struct Run;

#[task_group]
impl Run {
    async fn run(client: &Client) -> Result<(), AppError> {
        heartbeat(client).await
    }
}

fn main() {}

// Applied:
// - #[task_group]
// - async fn run(client: &Client) -> Result<(), AppError> {
// + #[task_group]
// + async fn run(client: &Client) -> Result<(), AppError> {
