// errors: 6
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group(timout = 1)]
async fn run(client: &Client) -> Result<(), AppError> {
    let late;
    #[chlid]
    let user = fetch_user(client, 1).await?;
    #[daemon]
    let beat = heartbeat(client);
    late = 1;
    let (a, b) = (user, beat).join().await;
    println!("{} {b:?} {late}", a.name);
    let wrong: u8 = "text";
    drop(wrong);
    Ok(())
}

fn main() {}

// Applied:
// - #[task_group(timout = 1)]
// + struct Failure;
// +
// + impl From<AppError> for Failure {
// + fn from(_: AppError) -> Self {
// + Self
// + }
// + }
// +
// + impl From<taskgroup::Cancelled> for Failure {
// + fn from(_: taskgroup::Cancelled) -> Self {
// + Self
// + }
// + }
// +
// + #[task_group(timeout = Duration::from_secs(1))]
// - async fn run(client: &Client) -> Result<(), AppError> {
// + async fn run(client: &Client) -> Result<(), Failure> {
// - let late;
// - #[chlid]
// + #[child]
// - let user = fetch_user(client, 1).await?;
// + let user = fetch_user(client, 1);
// - let beat = heartbeat(client);
// + heartbeat(client);
// - late = 1;
// + let late = 1;
// - let (a, b) = (user, beat).join().await;
// + let a = user.await;
// - println!("{} {b:?} {late}", a.name);
// + println!("{} {late}", a.name);
// - let wrong: u8 = "text";
// + let wrong: &str = "text";
