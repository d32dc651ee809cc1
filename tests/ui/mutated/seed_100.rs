// errors: 1
// Seed 100: a number in place of "a".
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn user(client: &Client) -> Result<User, AppError> {
        if cfg!(unix) {
            #[child]
            fetch(client, 7);
        }
        fetch_user(client, 1).await
    }
    user(&Client).await?;
    Ok(())
}

fn main() {}
