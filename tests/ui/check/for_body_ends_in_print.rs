// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    group!(for url in ["a", "b"] {
        let page = fetch(client, url).await?;
        println!("{page}");
    })
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - let page = fetch(client, url).await?;
// + async move {
// + let page = fetch(client, url).await?;
// - println!("{page}");
// + println!("{page}");
// + Ok::<_, AppError>(())
// + }
