// errors: 2
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let user = fetch_user(client, 1);
    if !user.is_finished() {
        user.cancel().await;
    }
    Ok(())
}

fn main() {}
