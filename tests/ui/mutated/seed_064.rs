// errors: 1
// Seed 64: a text in place of 1.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        #[spawn]
        fetch_posts(*client, "7");
        Ok(())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}
