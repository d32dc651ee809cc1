// errors: 1
use std::collections::HashMap;
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let mut pages = HashMap::new();
    group!(for url in ["a", "b"] {
        async {
            let page = fetch(client, url).await?;
            pages.insert(url, page);
            Ok::<_, AppError>(())
        }
    })
    .await?;
    println!("{pages:?}");
    Ok(())
}

fn main() {}
