// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[cfg(unix)]
    #[child]
    heartbeat(client);
    Ok(())
}

fn main() {}

// Applied:
// - #[cfg(unix)]
// - #[child]
// + if cfg!(unix) {
// + #[child]
// - heartbeat(client);
// + heartbeat(client);
// + }

// Applied:
// - #[task_group]
// + #[cfg(unix)]
// + async fn beat(client: &Client) -> Result<(), AppError> {
// + heartbeat(client).await
// + }
// +
// + #[cfg(not(unix))]
// + async fn beat(_: &Client) -> Result<(), AppError> {
// + Ok(())
// + }
// +
// + #[task_group]
// - #[cfg(unix)]
// - heartbeat(client);
// + beat(client);
