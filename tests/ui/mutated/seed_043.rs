// errors: 1
// Seed 43: a number in place of "b".
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let (first, second) = group!(first = fetch(&client, "a"), second = fetch(&client, 7)).await?;
    Ok(())
}

fn main() {}
