// errors: 1
// Seed 97: a comma is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let pages = group!(for url in ["a" "b"] { fetch(&client, url) }).await?;
    Ok(())
}

fn main() {}

// Applied:
// - let pages = group!(for url in ["a" "b"] { fetch(&client, url) }).await?;
// + let pages = group!(for url in ["a", "b"] { fetch(&client, url) }).await?;
