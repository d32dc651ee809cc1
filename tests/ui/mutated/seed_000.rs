// errors: 1
// Seed 0: `child` and `fetch` are swapped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn user(client: &Client) -> Result<User, AppError> {
        #[ fetch]
        child (client, "a");
        fetch_user(client, 1).await
    }
    user(&Client).await?;
    Ok(())
}

fn main() {}
