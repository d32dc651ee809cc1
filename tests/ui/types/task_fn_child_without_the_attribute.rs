// errors: 1
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let user = fetch_user(client, 1);
    report(user.await?);
    Ok(())
}

fn main() {}
