// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    let later = async {
        #[child]
        let user = fetch_user(client, 1);
        user.await.name
    };
    println!("{}", later.await);
    Ok(())
}

fn main() {}

// Applied:
// - use taskgroup::task_group;
// + use taskgroup::{group, task_group};
// - #[child]
// - let user = fetch_user(client, 1);
// + let user = group!(fetch_user(client, 1)).await?;
// - user.await.name
// + Ok::<_, AppError>(user.name)
// - println!("{}", later.await);
// + println!("{}", later.await?);

// Applied:
// - let later = async {
// + #[child]
// + let user = fetch_user(client, 1);
// + let later = async {
// - #[child]
// - let user = fetch_user(client, 1);
