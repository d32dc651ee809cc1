// errors: 2
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    let pages = vec![#[child] fetch(client, "a")];
    tokio::select! {
        _ = tokio::time::sleep(Duration::from_secs(1)) => { #[spawn] fetch_posts(client.clone(), 1); }
        page = fetch(client, "b") => println!("{page:?} {}", pages.len()),
    }
    Ok(())
}

fn main() {}

// Applied:
// - let pages = vec![#[child] fetch(client, "a")];
// + #[child]
// + let page = fetch(client, "a");
// + #[spawn]
// + let posts = fetch_posts(client.clone(), 1);
// + let pages = vec![page];
// - _ = tokio::time::sleep(Duration::from_secs(1)) => { #[spawn] fetch_posts(client.clone(), 1); }
// + _ = tokio::time::sleep(Duration::from_secs(1)) => println!("{:?}", posts.await),
