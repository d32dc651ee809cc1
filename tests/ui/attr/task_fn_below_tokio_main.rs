// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[tokio::main]
#[task_group]
async fn main() -> Result<(), AppError> {
    #[child]
    heartbeat(&Client);
    Ok(())
}

// Applied:
// - #[tokio::main]
// + #[task_group]
// - #[task_group]
// + #[tokio::main]
