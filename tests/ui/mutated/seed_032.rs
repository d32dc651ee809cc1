// errors: 1
// Seed 32: `await` is dropped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let (user, page) = group!(fetch_user(&client, 1), fetch(&client, "a")).?;
    Ok(())
}

fn main() {}
