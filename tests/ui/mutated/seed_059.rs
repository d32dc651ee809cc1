// errors: 1
// Seed 59: an `Ok` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        sleep(Duration::from_secs(1)).await;
        fetch(client, "a").await?;
        (())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}

// Applied:
// - (())
// +         Ok((()))
