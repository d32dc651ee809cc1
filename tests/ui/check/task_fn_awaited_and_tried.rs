// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[spawn]
    let posts = fetch_posts(client.clone(), 1).await?;
    println!("{}", posts.await.len());
    Ok(())
}

fn main() {}

// Applied:
// - let posts = fetch_posts(client.clone(), 1).await?;
// + let posts = fetch_posts(client.clone(), 1);
// - println!("{}", posts.await.len());
// + let posts = posts.await;
// + println!("{}", posts.len());
