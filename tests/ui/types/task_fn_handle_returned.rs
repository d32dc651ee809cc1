// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<taskgroup::Child<'_, User>, AppError> {
    #[child]
    let user = fetch_user(client, 1);
    Ok(user)
}

fn main() {}
