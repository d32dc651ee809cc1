// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let Some(user) = async { Ok(Some(1)) } else { return Ok(()) };
    println!("{user} {client:?}");
    Ok(())
}

fn main() {}
