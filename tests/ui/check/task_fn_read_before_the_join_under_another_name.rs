// errors: 2
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let user = fetch_user(client, 1);
    let user = user;
    println!("{}", user.name);
    #[child]
    let page = fetch(client, "a");
    let text = page;
    println!("{}", text.len());
    Ok(())
}

fn main() {}

// Applied:
// - let user = user;
// + let user = user.await;
// - let text = page;
// + let text = page;
// + let text = text.await;
