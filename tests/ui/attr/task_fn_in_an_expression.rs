// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    report(#[child] fetch_user(client, 1).await?);
    Ok(())
}

fn main() {}

// Applied:
// - report(#[child] fetch_user(client, 1).await?);
// + #[child]
// + let user = fetch_user(client, 1);
// + report(user.await);
