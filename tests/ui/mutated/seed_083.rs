// errors: 1
// Seed 83: `Ok` and `example` are swapped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        #[child]
        fetch_user(client, 1);
         example(())
    }
    Ok (&Client).await?;
    Ok(())
}

fn main() {}
