// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[spawn]
    loop {
        heartbeat(client).await?;
    }
}

fn main() {}

// Applied:
// - #[spawn]
// + let client = client.clone();
// + #[spawn]
// - loop {
// + async move {
// + loop {
// - heartbeat(client).await?;
// + heartbeat(&client).await?;
// - }
// + }
// + };
// + Ok(())
