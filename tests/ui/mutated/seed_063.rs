// errors: 1
// Seed 63: a comma is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let posts = group!(#[spawn] fetch_posts(client 1)).await?;
    Ok(())
}

fn main() {}

// Applied:
// - let posts = group!(#[spawn] fetch_posts(client 1)).await?;
// + let posts = group!(#[spawn] fetch_posts(client, 1)).await?;
