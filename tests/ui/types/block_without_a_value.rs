// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, ()) = group!(
        user = fetch_user(client, 1),
        async {
            println!("{:?}", fetch(client, "a").await);
        },
    )
    .await?;
    println!("{user:?}");
    Ok(())
}

fn main() {}

// Applied:
// - println!("{:?}", fetch(client, "a").await);
// + println!("{:?}", fetch(client, "a").await);
// + Ok(())
