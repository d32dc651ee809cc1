// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[cfg(unix)]
    if client.is_open() {
        #[child]
        heartbeat(client);
    }
    Ok(())
}

fn main() {}

// Applied:
// - #[cfg(unix)]
// - if client.is_open() {
// + if cfg!(unix) && client.is_open() {
