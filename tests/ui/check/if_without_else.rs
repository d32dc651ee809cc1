// errors: 2
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (page, pages) = group!(
        page = if client.is_open() { fetch(client, "a") },
        pages = for url in ["a", "b"] { if !url.is_empty() { fetch(client, url) } },
    )
    .await?;
    let _: (String, Vec<String>) = (page, pages);
    Ok(())
}

fn main() {}

// Applied:
// - page = if client.is_open() { fetch(client, "a") },
// + page = async move { if client.is_open() { fetch(client, "a").await.map(Some) } else { Ok(None) } },
// - pages = for url in ["a", "b"] { if !url.is_empty() { fetch(client, url) } },
// + pages = for url in ["a", "b"] { async move { if !url.is_empty() { fetch(client, url).await.map(Some) } else { Ok(None) } } },
// - let _: (String, Vec<String>) = (page, pages);
// + let _: (Option<String>, Vec<Option<String>>) = (page, pages);
