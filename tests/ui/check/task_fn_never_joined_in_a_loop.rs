// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    let user = User { name: String::new() };
    for id in 0..3 {
        #[spawn]
        let posts = fetch_posts(client.clone(), id);
    }
    report(user);
    Ok(())
}

fn main() {}

// Applied:
// - let posts = fetch_posts(client.clone(), id);
// + let posts = fetch_posts(client.clone(), id);
// + let posts = posts.await;

// Applied:
// - let posts = fetch_posts(client.clone(), id);
// + fetch_posts(client.clone(), id);
