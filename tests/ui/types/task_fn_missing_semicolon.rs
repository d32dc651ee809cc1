// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let user = fetch_user(client, 1)
    println!("{:?}", user.await);
    Ok(())
}

fn main() {}

// Applied:
// - let user = fetch_user(client, 1)
// +     let user = fetch_user(client, 1);
