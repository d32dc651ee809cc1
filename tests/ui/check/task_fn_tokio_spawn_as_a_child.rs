// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let posts = tokio::spawn(fetch_posts(client.clone(), 1));
    println!("{}", posts.await.len());
    Ok(())
}

fn main() {}

// Applied:
// - #[child]
// + #[spawn]
// - let posts = tokio::spawn(fetch_posts(client.clone(), 1));
// + let posts = fetch_posts(client.clone(), 1);
