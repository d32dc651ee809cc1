// errors: 1
// Seed 78: a text in place of 1.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let (user, page) = group!(fetch_user(&client, "7"), fetch(&client, "a")).await?;
    Ok(())
}

fn main() {}
