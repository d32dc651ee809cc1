// errors: 2
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let user = fetch_user(client, 1);
    if !user.is_finished() {
        user.cancel().await;
    }
    Ok(())
}

fn main() {}

// Applied:
// - if !user.is_finished() {
// + if !taskgroup::Child::is_finished(&user) {
// - user.cancel().await;
// + taskgroup::Child::cancel(user).await;
