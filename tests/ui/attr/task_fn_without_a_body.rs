// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

trait Run {
    #[task_group]
    async fn run(&self) -> Result<(), AppError>;
}

fn main() {}

// Applied:
// - #[task_group]
// - fn main() {}
// + struct App;
// +
// + impl Run for App {
// + #[task_group]
// + async fn run(&self) -> Result<(), AppError> {
// + #[child]
// + heartbeat(&Client);
// + Ok(())
// + }
// + }
