// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    group!(#[spawn] for url in ["a", "b"] {
        let page = fetch_owned(client.clone(), url).await?;
        println!("{page}");
        Ok(())
    })
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - let page = fetch_owned(client.clone(), url).await?;
// + let client = client.clone();
// + async move {
// + let page = fetch_owned(client, url).await?;
// - Ok(())
// + Ok::<_, AppError>(())
// + }
