// errors: 3
// The same: seed_037.
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
