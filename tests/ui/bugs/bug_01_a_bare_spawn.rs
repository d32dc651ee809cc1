// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn save(client: &Client) -> Result<User, AppError> {
    tokio::spawn(fetch_posts(client.clone(), 1));
    #[child]
    let user = fetch_user(client, 1);
    Ok(user.await)
}

fn main() {}

// Applied:
// - tokio::spawn(fetch_posts(client.clone(), 1));
// + #[spawn]
// + fetch_posts(client.clone(), 1);

// Applied:
// - #[task_group]
// + #[task_group(allow(detached))]
