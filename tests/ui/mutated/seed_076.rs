// errors: 1
// Seed 76: `Ok` and `example` are swapped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        sleep(Duration::from_secs(1)).await;
        fetch(client, "a").await?;
         example(())
    }
    Ok (&Client).await?;
    Ok(())
}

fn main() {}
