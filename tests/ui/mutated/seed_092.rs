// errors: 1
// Seed 92: `&` is dropped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let pages = group!(for url in ["a", "b"] { fetch(client, url) }).await?;
    let total: usize = pages.iter().map(String::len).sum();
    assert_eq!(total, 12);
    Ok(())
}

fn main() {}

// Applied:
// - let pages = group!(for url in ["a", "b"] { fetch(client, url) }).await?;
// +     let pages = group!(for url in ["a", "b"] { fetch(&client, url) }).await?;
