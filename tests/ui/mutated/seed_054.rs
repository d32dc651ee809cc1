// errors: 1
// Seed 54: `,` and `1` are swapped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let (user, page) = group!(fetch_user(&client 1 , ), fetch(&client, "a")).await?;
    Ok(())
}

fn main() {}

// Applied:
// - let (user, page) = group!(fetch_user(&client 1 , ), fetch(&client, "a")).await?;
// + let (user, page) = group!(fetch_user(&client, 1), fetch(&client, "a")).await?;
