// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    if client.is_open() {
        #[child]
        return fetch(client, "a");
    }
    Ok(())
}

fn main() {}

// Applied:
// - return fetch(client, "a");
// + fetch(client, "a");
