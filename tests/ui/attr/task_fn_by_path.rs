// errors: 2
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[taskgroup::child]
    let user = fetch_user(client, 1);
    #[tokio::spawn]
    let posts = fetch_posts(client.clone(), 1);
    let (user, posts) = (user, posts).join().await;
    println!("{user:?} {posts:?}");
    Ok(())
}

fn main() {}

// Applied:
// - #[taskgroup::child]
// + #[child]
// - #[tokio::spawn]
// + #[spawn]
