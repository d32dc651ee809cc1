// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    [1, 2].into_iter().for_each(|id| {
        #[child]
        fetch_user(client, id);
    });
    Ok(())
}

fn main() {}

// Applied:
// - [1, 2].into_iter().for_each(|id| {
// + for id in [1, 2] {
// - });
// + }

// Applied:
// - use taskgroup::task_group;
// + use taskgroup::{group, task_group};
// - [1, 2].into_iter().for_each(|id| {
// + group!(for id in [1, 2] {
// - #[child]
// - fetch_user(client, id);
// + fetch_user(client, id)
// - });
// + })
// + .await?;
