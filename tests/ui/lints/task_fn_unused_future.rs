// errors: 1
#![deny(unused)]
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    heartbeat(client);
    heartbeat(client);
    Ok(())
}

fn main() {
    drop(run(&Client));
}
