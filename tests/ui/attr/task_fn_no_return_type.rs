// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) {
    #[child]
    let user = fetch_user(client, 1);
    report(user.await);
}

fn main() {}

// Applied:
// - async fn run(client: &Client) {
// + async fn run(client: &Client) -> Result<(), AppError> {
// - report(user.await);
// + report(user.await);
// + Ok(())
