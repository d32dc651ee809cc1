// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
struct Run;

fn main() {}

// Applied:
// - #[task_group]
// - struct Run;
// + struct Run;
// +
// + #[task_group]
// + async fn run(client: &Client) -> Result<(), AppError> {
// + #[child]
// + heartbeat(client);
// + Ok(())
// + }
