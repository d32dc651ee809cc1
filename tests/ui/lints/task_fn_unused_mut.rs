// errors: 1
#![deny(unused)]
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let mut user = fetch_user(client, 1);
    report(user.await);
    Ok(())
}

fn main() {
    drop(run(&Client));
}

// Applied:
// - let mut user = fetch_user(client, 1);
// +     let user = fetch_user(client, 1);
