// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[spawn]
        for url in ["a", "b"] {
            if url == "b" {
                return Err(AppError);
            }
            fetch_owned(client.clone(), url)
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - if url == "b" {
// + let client = client.clone();
// + async move {
// + if url == "b" {
// - fetch_owned(client.clone(), url)
// + fetch_owned(client, url).await
// + }
