// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    if client.is_open() {
        fetch(client, "a")
    };
    Ok(())
}

fn main() {}

// Applied:
// - if client.is_open() {
// + async move {
// + if client.is_open() {
// - fetch(client, "a")
// + fetch(client, "a").await.map(Some)
// - };
// + } else {
// + Ok(None)
// + }
// + };
