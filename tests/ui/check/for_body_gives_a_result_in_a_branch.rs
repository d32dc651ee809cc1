// errors: 3
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (pages, more, numbers) = group!(
        for url in ["a", "b"] { if url.is_empty() { Ok(String::new()) } else { fetch(client, url) } },
        for url in ["a", "b"] {
            match url {
                "a" => fetch(client, url),
                _ => Err(AppError),
            }
        },
        #[blocking]
        for text in ["1", "2"] { if text.is_empty() { Ok(0) } else { move || parse(text) } },
    )
    .await?;
    println!("{pages:?} {more:?} {numbers:?}");
    Ok(())
}

fn main() {}

// Applied:
// - for url in ["a", "b"] { if url.is_empty() { Ok(String::new()) } else { fetch(client, url) } },
// + for url in ["a", "b"] { async move { if url.is_empty() { Ok(String::new()) } else { fetch(client, url).await } } },
// - match url {
// + async move {
// + match url {
// - "a" => fetch(client, url),
// + "a" => fetch(client, url).await,
// - }
// + }
// + }
// - for text in ["1", "2"] { if text.is_empty() { Ok(0) } else { move || parse(text) } },
// + for text in ["1", "2"] { move || { if text.is_empty() { Ok(0) } else { parse(text) } } },
