// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let group = group!(user = async {
        group.cancel();
        fetch_user(client, 1).await
    });
    group.await?;
    Ok(())
}

fn main() {}
