// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

struct Run;

impl Run {
    #[task_group]
    const CLIENT: Client = Client;
}

fn main() {}

// Applied:
// - #[task_group]
// - const CLIENT: Client = Client;
// + #[task_group]
// + async fn run(client: &Client) -> Result<(), AppError> {
// + #[child]
// + heartbeat(client);
// + Ok(())
// + }
