// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    [1, 2].into_iter().for_each(|id| {
        #[child]
        fetch_user(client, id);
    });
    Ok(())
}

fn main() {}
