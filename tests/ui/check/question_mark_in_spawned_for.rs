// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[spawn]
        for text in ["a", "b"] {
            let url = check(text)?;
            fetch_owned(client.clone(), url)
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - let url = check(text)?;
// + let client = client.clone();
// + async move {
// + let url = check(text)?;
// - fetch_owned(client.clone(), url)
// + fetch_owned(client, url).await
// + }
