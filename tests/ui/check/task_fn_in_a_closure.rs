// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    let start = |id| {
        #[child]
        let user = fetch_user(client, id);
        user
    };
    report(start(1).await);
    Ok(())
}

fn main() {}

// Applied:
// - let start = |id| {
// + #[child]
// + let user = fetch_user(client, 1);
// - #[child]
// - let user = fetch_user(client, id);
// - user
// - };
// - report(start(1).await);
// + report(user.await);
