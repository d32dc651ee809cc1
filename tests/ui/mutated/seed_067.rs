// errors: 1
// Seed 67: `fetch_user` and `&` are swapped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let (user, page) = group!(user =  &(fetch_user client, 1), page = fetch(&client, "a")).limit(1).await?;
    Ok(())
}

fn main() {}

// Applied:
// - let (user, page) = group!(user =  &(fetch_user client, 1), page = fetch(&client, "a")).limit(1).await?;
// +     let (user, page) = group!(user = fetch_user(&client, 1), page = fetch(&client, "a")).limit(1).await?;
