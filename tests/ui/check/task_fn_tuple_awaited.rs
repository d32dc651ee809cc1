// errors: 2
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let user = fetch_user(client, 1);
    #[child]
    let page = fetch(client, "a");
    let (user, page) = (user, page).await;
    println!("{user:?} {page}");
    #[child]
    let a = fetch(client, "a");
    #[child]
    let b = fetch(client, "b");
    let (a, b) = a.join(b).await;
    println!("{a} {b}");
    Ok(())
}

fn main() {}

// Applied:
// - let (user, page) = (user, page).await;
// + let (user, page) = (user, page).join().await;
// - let (a, b) = a.join(b).await;
// + let (a, b) = (a, b).join().await;
