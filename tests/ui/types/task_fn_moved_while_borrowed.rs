// errors: 2
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    let user = User { name: String::new() };
    #[child]
    fetch(client, &user.name);
    report(user);
    Ok(())
}

fn main() {}
