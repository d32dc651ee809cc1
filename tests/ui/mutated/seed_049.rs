// errors: 1
// Seed 49: a comma is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let (user, page) = group!(
        user = fetch_user(&client 1),
        page = fetch(&client, "a"),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - user = fetch_user(&client 1),
// + user = fetch_user(&client, 1),
