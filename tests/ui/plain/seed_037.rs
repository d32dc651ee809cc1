// errors: 3
// The mistake of `mutated/seed_037.rs`, without our macros.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
     fn async  example(client: &Client) -> Result<(), AppError> {
        let user = fetch_user(client, 1).await?;
        Ok(())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}
