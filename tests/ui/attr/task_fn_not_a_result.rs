// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Option<User> {
    #[child]
    let user = fetch_user(client, 1);
    Some(user.await)
}

fn main() {}

// Applied:
// - async fn run(client: &Client) -> Option<User> {
// + async fn run(client: &Client) -> Result<User, AppError> {
// - Some(user.await)
// + Ok(user.await)
