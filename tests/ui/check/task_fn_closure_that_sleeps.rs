// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    || std::thread::sleep(Duration::from_secs(1));
    println!("{client:?}");
    Ok(())
}

fn main() {}
