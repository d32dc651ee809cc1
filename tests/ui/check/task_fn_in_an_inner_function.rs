// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    async fn inner(client: &Client) -> Result<(), AppError> {
        #[child]
        heartbeat(client);
        Ok(())
    }
    inner(client).await?;
    Ok(())
}

fn main() {}

// Applied:
// - async fn inner(client: &Client) -> Result<(), AppError> {
// + #[task_group]
// + async fn inner(client: &Client) -> Result<(), AppError> {
