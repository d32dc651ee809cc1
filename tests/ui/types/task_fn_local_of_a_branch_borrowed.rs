// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    if client.is_open() {
        let url = String::new();
        #[child]
        fetch(client, &url);
    }
    Ok(())
}

fn main() {}
