// errors: 1
#![deny(unused_variables)]
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = async {
            let id = 1;
            fetch_user(client, 1).await
        },
    )
    .await?;
    Ok(())
}

fn main() {
    drop(run(&Client));
}

// Applied:
// - let id = 1;
// +             let _id = 1;
