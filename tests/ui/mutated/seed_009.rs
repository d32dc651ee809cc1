// errors: 1
// Seed 9: `Result` is dropped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group(limit = 8, catch_panics)]
    async fn user(client: &Client) -> <User, AppError> {
        fetch_user(client, 1).await
    }
    user(&Client).await?;
    Ok(())
}

fn main() {}
