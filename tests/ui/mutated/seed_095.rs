// errors: 1
// Seed 95: a comma is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let (user, page) = group!(user = fetch_user(&client, 1) page = fetch(&client, "a")).await?;
    Ok(())
}

fn main() {}

// Applied:
// - let (user, page) = group!(user = fetch_user(&client, 1) page = fetch(&client, "a")).await?;
// + let (user, page) = group!(user = fetch_user(&client, 1), page = fetch(&client, "a")).await?;
