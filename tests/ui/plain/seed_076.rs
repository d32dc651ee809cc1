// errors: 3
// The mistake of `mutated/seed_076.rs`, without our macros.
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
