// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn save(client: &Client) -> Result<(), AppError> {
    for name in [String::from("a"), String::from("b")] {
        #[child]
        fetch(client, &name);
    }
    Ok(())
}

fn main() {}
