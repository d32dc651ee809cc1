// errors: 1
// Seed 77: `&` and `client` are swapped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let (first, second) = group!(first = fetch(&client, "a"), second = fetch( client& , "b")).await?;
    Ok(())
}

fn main() {}

// Applied:
// - let (first, second) = group!(first = fetch(&client, "a"), second = fetch( client& , "b")).await?;
// + let (first, second) = group!(first = fetch(&client, "a"), second = fetch( &client, "b")).await?;
