// errors: 2
use taskgroup::task_group;
use taskgroup_tests::app::*;
use tokio_util::sync::CancellationToken;

async fn run(client: &Client, token: CancellationToken) {
    let user = taskgroup::group!(fetch_user(client, 1)).outcome().cancel_on(token).await;
    println!("{user:?}");
}

#[task_group(drain_on = Duration::from_secs(1))]
async fn serve(client: &Client) -> Result<(), AppError> {
    #[child]
    heartbeat(client);
    Ok(())
}

fn main() {}

// Applied:
// - let user = taskgroup::group!(fetch_user(client, 1)).outcome().cancel_on(token).await;
// + let user = taskgroup::group!(fetch_user(client, 1)).outcome().cancel_on(token.cancelled()).await;
// - #[task_group(drain_on = Duration::from_secs(1))]
// + #[task_group(drain_on = tokio::time::sleep(Duration::from_secs(1)))]

// Applied:
// - async fn run(client: &Client, token: CancellationToken) {
// + async fn run(client: &Client, token: CancellationToken, mut receiver: tokio::sync::mpsc::Receiver<()>) {
// - let user = taskgroup::group!(fetch_user(client, 1)).outcome().cancel_on(token).await;
// + let user = taskgroup::group!(fetch_user(client, 1)).outcome().cancel_on(receiver.recv()).await;
// - #[task_group(drain_on = Duration::from_secs(1))]
// + #[task_group(drain_on = tokio::time::sleep(Duration::from_secs(1)))]
