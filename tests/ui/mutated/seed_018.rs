// errors: 1
// Seed 18: a text in place of 1.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let user = group!(fetch_user(&client, "7")).await?;
    Ok(())
}

fn main() {}
