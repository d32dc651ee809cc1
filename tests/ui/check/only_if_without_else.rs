// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let page = group!(if client.is_open() { fetch(client, "a") }).await?;
    println!("{:?}", page.is_some());
    Ok(())
}

fn main() {}

// Applied:
// - let page = group!(if client.is_open() { fetch(client, "a") }).await?;
// + let page = group!(async move { if client.is_open() { fetch(client, "a").await.map(Some) } else { Ok(None) } }).await?;
