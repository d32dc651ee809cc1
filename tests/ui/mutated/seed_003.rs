// errors: 1
// Seed 3: a comma is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let pages = group!(for url in ["a", "", "c"].into_iter().take_while(|url| !url.is_empty()) {
        fetch(&client url)
    })
    .await?;
    assert_eq!(pages.len(), 1);
    Ok(())
}

fn main() {}

// Applied:
// - fetch(&client url)
// + fetch(&client, url)
