// errors: 1
// Seed 93: a number in place of "b".
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let pages = group!(for url in ["a", 7] { fetch(&client, url) }).await?;
    Ok(())
}

fn main() {}

// Applied:
// - let pages = group!(for url in ["a", 7] { fetch(&client, url) }).await?;
// +     let pages = group!(for url in ["a"; 7] { fetch(&client, url) }).await?;
