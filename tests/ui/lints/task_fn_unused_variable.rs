// errors: 1
#![deny(unused)]
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    heartbeat(client);
    let n = 5;
    Ok(())
}

fn main() {
    drop(run(&Client));
}

// Applied:
// - let n = 5;
// +     let _n = 5;
