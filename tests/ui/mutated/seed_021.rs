// errors: 1
// Seed 21: an `.await` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn user(client: &Client) -> Result<User, AppError> {
        #[child]
        let user = fetch_user(client, 1);
        Ok(user)
    }
    user(&Client).await?;
    Ok(())
}

fn main() {}
