// errors: 3
// The same: seed_076, seed_083.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    async fn example(client: &Client) -> Result<(), AppError> {
        fetch(client, "a").await?;
         example(())
    }
    Ok (&Client).await?;
    Ok(())
}

fn main() {}
