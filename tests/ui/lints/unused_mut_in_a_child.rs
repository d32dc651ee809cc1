// errors: 1
#![deny(unused_mut)]
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = async {
            let mut id = 1;
            fetch_user(client, id).await
        },
    )
    .await?;
    Ok(())
}

fn main() {
    drop(run(&Client));
}

// Applied:
// - let mut id = 1;
// +             let id = 1;
