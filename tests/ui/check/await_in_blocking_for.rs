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

// Applied:
// - #[blocking]
// + #[spawn]
// - let url = look_up(client, text).await?;
// + let client = client.clone();
// + async move {
// + let url = look_up(&client, text).await?;
// - move || parse(url)
// + parse(url)
// + }

// Applied:
// - #[blocking]
// + #[spawn]
// - let url = look_up(client, text).await?;
// + let client = client.clone();
// + async move {
// + let url = look_up(&client, text).await?;
// - move || parse(url)
// + Ok::<_, AppError>(parse(url)?)
// + }
