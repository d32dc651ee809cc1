// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[detached]
    heartbeat(client);
    println!("{client:?}");
    Ok(())
}

fn main() {}

// Applied:
// - #[detached]
// + #[daemon]
