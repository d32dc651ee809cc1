// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let user = fetch_user(client, 1);
    report(user.await);
    Ok(())
}

fn main() {}

// Applied:
// - fn run(client: &Client) -> Result<(), AppError> {
// + async fn run(client: &Client) -> Result<(), AppError> {
