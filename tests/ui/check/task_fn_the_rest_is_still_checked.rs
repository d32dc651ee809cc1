// errors: 2
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let user = fetch_user(client, 1).await?;
    let length: usize = user.await.name;
    println!("{length}");
    Ok(())
}

fn main() {}

// Applied:
// - let user = fetch_user(client, 1).await?;
// + let user = fetch_user(client, 1);
// - let length: usize = user.await.name;
// + let user = user.await;
// + let length: String = user.name;
