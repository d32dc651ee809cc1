// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;
use std::future::IntoFuture;

async fn run(client: &Client) -> Result<(), AppError> {
    let mut running = group!(user = fetch_user(client, 1)).into_future();
    running.limit(2);
    running.await?;
    Ok(())
}

fn main() {}
