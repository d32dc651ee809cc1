// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    for id in 0..3 {
        let url = id.to_string();
        #[child]
        fetch(client, &url);
    }
    Ok(())
}

fn main() {}
