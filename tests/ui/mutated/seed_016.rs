// errors: 1
// Seed 16: `,` is dropped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let (users, pages) = group!(
        users = for id in 1..=20 {
            fetch_user(&client, id)
        },
        pages = for url in ["a" "b", "c"] {
            fetch(&client, url)
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - pages = for url in ["a" "b", "c"] {
// + pages = for url in ["a", "b", "c"] {
