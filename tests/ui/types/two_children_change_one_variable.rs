// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let mut total = 0;
    group!(
        async {
            total += fetch(client, "a").await?.len();
            Ok::<_, AppError>(())
        },
        async {
            total += fetch(client, "b").await?.len();
            Ok(())
        },
    )
    .await?;
    println!("{total}");
    Ok(())
}

fn main() {}
