// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let _ = fetch_user(client, 1);
    Ok(())
}

fn main() {}

// Applied:
// - let _ = fetch_user(client, 1);
// + fetch_user(client, 1);
