// errors: 2
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        for url in ["a", "b"] { find_page(url)? },
        for url in ["a", "b"] { fetch(client, url)? },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - for url in ["a", "b"] { find_page(url)? },
// + for url in ["a", "b"] { async move { find_page(url) } },
// - for url in ["a", "b"] { fetch(client, url)? },
// + for url in ["a", "b"] { fetch(client, url) },
