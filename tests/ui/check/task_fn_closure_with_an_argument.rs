// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let user = |scope: &Client| fetch_user(scope, 1);
    let user = user.await;
    println!("{user:?} {client:?}");
    Ok(())
}

fn main() {}

// Applied:
// - let user = |scope: &Client| fetch_user(scope, 1);
// + let user = fetch_user(client, 1);

// Applied:
// - let user = |scope: &Client| fetch_user(scope, 1);
// + let user = async { fetch_user(client, 1).await };
