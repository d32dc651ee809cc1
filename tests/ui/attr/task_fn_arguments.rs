// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[spawn(8)]
    fetch_posts(client.clone(), 1);
    Ok(())
}

fn main() {}

// Applied:
// - #[spawn(8)]
// + #[spawn]
