// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[spawn]
    async fn beat() {}
    beat().await;
    Ok(())
}

fn main() {}

// Applied:
// - #[spawn]
// - async fn beat() {}
// + async fn beat() -> Result<(), AppError> {
// + Ok(())
// + }
// - beat().await;
// + #[spawn]
// + beat();
