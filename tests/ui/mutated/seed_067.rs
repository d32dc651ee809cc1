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

// Not applied: a function and the `&` of its argument are swapped, and no comma makes a call of it
