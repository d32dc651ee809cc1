// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn save(client: &Client) -> Result<User, AppError> {
    #[daemon]
    let beat = heartbeat(client);
    #[child]
    let user = fetch_user(client, 1);
    Ok(user.await)
}

fn main() {}

// Applied:
// - let beat = heartbeat(client);
// + heartbeat(client);
