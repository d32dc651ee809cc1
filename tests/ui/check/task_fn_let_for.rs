// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let pages = for url in ["a", "b"] {
        fetch(client, url)
    };
    let pages: Vec<String> = pages.await;
    println!("{pages:?}");
    Ok(())
}

fn main() {}

// Applied:
// - #[child]
// - let pages = for url in ["a", "b"] {
// + let mut pages = Vec::new();
// + for url in ["a", "b"] {
// - fetch(client, url)
// + #[child]
// + let page = fetch(client, url);
// + pages.push(page);
// - };
// + }
// - let pages: Vec<String> = pages.await;
// + let pages: Vec<String> = pages.join().await;
