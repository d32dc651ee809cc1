// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[blocking]
        for text in ["a", "b"] {
            let url = look_up(client, text).await?;
            move || parse(url)
        },
    )
    .await?;
    Ok(())
}

fn main() {}
