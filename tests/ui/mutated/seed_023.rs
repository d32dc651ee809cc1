// errors: 1
// Seed 23: `Client` is dropped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn user(client: &) -> Result<User, AppError> {
        #[child]
        fetch(client, "a");
        fetch_user(client, 1).await
    }
    user(&Client).await?;
    Ok(())
}

fn main() {}
