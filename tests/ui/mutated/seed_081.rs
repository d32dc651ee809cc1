// errors: 1
// Seed 81: an `.await` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group(limit = 8, catch_panics)]
    async fn user(client: &Client) -> Result<User, AppError> {
        fetch_user(client, 1).await
    }
    user(&Client)?;
    Ok(())
}

fn main() {}

// Applied:
// - user(&Client)?;
// +     user(&Client).await?;
