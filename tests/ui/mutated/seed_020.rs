// errors: 1
// Seed 20: a number in place of "a".
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let (first, second) = group!(first = fetch(&client, 7), second = fetch(&client, "b")).await?;
    Ok(())
}

fn main() {}
