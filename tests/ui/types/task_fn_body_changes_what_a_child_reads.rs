// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    let mut name = String::new();
    #[child]
    fetch(client, &name);
    name.push('a');
    Ok(())
}

fn main() {}
