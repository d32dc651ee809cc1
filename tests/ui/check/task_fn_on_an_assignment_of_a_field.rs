// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    let mut users = Vec::new();
    users.push(User { name: String::new() });
    #[child]
    users[0] = fetch_user(client, 1);
    println!("{users:?}");
    Ok(())
}

fn main() {}

// Applied:
// - users[0] = fetch_user(client, 1);
// + let child = fetch_user(client, 1);
// + users[0] = child.await;
