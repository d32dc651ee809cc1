// errors: 1
// Seed 80: a number in place of "a".
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let page = group!(page = fetch(&client, 7)).await?;
    Ok(())
}

fn main() {}
