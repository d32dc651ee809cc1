// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, page) = group!(fetch_user(client, 1), fetch(client, "a")).settle().await?;
    report(user);
    println!("{page}");
    Ok(())
}

fn main() {}
