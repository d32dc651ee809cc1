// errors: 1
// Seed 11: a text in place of 5.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group(timeout = Duration::from_secs("7"))]
    async fn user(client: &Client) -> Result<User, AppError> {
        fetch_user(client, 1).await
    }
    user(&Client).await?;
    Ok(())
}

fn main() {}
