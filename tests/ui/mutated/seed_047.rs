// errors: 1
// Seed 47: an `Ok` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        #[child]
        let user = fetch_user(client, 1);
        let user = user.await;
        (())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}

// Applied:
// - (())
// +         Ok((()))
