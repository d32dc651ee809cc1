// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

type Fallible = Option<()>;

#[task_group(limit = 8)]
async fn run(client: &Client) -> Fallible {
    #[child]
    let user = fetch_user(client, 1);
    let user = user.await;
    #[spawn]
    let posts = fetch_posts(client.clone(), user.name.len() as u64);
    for url in ["a", "b"] {
        #[child]
        async {
            fetch(client, url).await?;
            Ok(())
        };
    }
    println!("{:?}", posts.await);
    Some(())
}

fn main() {}

// Applied:
// - type Fallible = Option<()>;
// - async fn run(client: &Client) -> Fallible {
// + async fn run(client: &Client) -> Result<(), AppError> {
// - Some(())
// +     Ok(())
