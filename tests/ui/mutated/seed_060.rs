// errors: 1
// Seed 60: `=` and `user` are swapped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        #[child]
        let user = fetch_user(client, 1);
        let user  user = .await;
        Ok(())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}
