// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    for id in 0..3 {
        fetch_user(client, id);
    }
    Ok(())
}

fn main() {}

// Applied:
// - #[child]
// - fetch_user(client, id);
// + #[child]
// + fetch_user(client, id);
