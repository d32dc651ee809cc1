// errors: 1
// Seed 70: an `Ok` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        #[spawn]
        fetch_posts(*client, 1);
        (())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}

// Applied:
// - (())
// +         Ok((()))
