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
