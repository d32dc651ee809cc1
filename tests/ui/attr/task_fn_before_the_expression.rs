// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    let user = #[child] fetch_user(client, 1);
    report(user.await);
    Ok(())
}

fn main() {}

// Applied:
// - let user = #[child] fetch_user(client, 1);
// + #[child]
// + let user = fetch_user(client, 1);
