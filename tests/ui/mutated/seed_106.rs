// errors: 1
// Seed 106: `,` and `AppError` are swapped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group(timeout = Duration::from_secs(5))]
    async fn user(client: &Client) -> Result<User AppError , > {
        fetch_user(client, 1).await
    }
    user(&Client).await?;
    Ok(())
}

fn main() {}
