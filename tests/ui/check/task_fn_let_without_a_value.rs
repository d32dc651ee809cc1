// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let user;
    user = 1;
    println!("{user}");
    Ok(())
}

fn main() {}

// Applied:
// - let user;
// + let user = fetch_user(client, 1);
// - user = 1;
// + let user = user.await;
// - println!("{user}");
// + println!("{user:?}");
