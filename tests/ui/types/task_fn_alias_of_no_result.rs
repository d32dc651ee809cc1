// errors: 4
use taskgroup::task_group;
use taskgroup_tests::app::*;

type Fallible = Option<()>;

#[task_group]
async fn run(client: &Client) -> Fallible {
    #[child]
    heartbeat(client);
    Some(())
}

fn main() {}

// Applied:
// - type Fallible = Option<()>;
// - async fn run(client: &Client) -> Fallible {
// + async fn run(client: &Client) -> Result<(), AppError> {
// - Some(())
// + Ok(())
