// errors: 1
// Seed 68: a number in place of "a".
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let (user, page) = group!(user = fetch_user(&client, 1), page = fetch(&client, 7)).await?;
    Ok(())
}

fn main() {}
