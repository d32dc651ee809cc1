// errors: 1
// Seed 61: `client` is dropped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        #[child]
        fetch(, "a");
        Ok(())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}
