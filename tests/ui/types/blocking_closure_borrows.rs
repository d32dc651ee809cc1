// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let image = vec![1];
    group!(
        user = fetch_user(client, 1),
        #[blocking]
        thumb = || render(&image),
    )
    .await?;
    println!("{image:?}");
    Ok(())
}

fn main() {}
