// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[blocking]
    let user = async { fetch_user(client, 1).await };
    report(user.await);
    Ok(())
}

fn main() {}

// Applied:
// - #[blocking]
// + let client = client.clone();
// + #[spawn]
// - let user = async { fetch_user(client, 1).await };
// + let user = async move { fetch_user(&client, 1).await };

// Applied:
// - #[blocking]
// + let client = client.clone();
// + #[blocking]
// - let user = async { fetch_user(client, 1).await };
// + let user = move || find_user(&client);
