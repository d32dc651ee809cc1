// errors: 1
// Seed 37: `async` and `fn` are swapped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
     fn async  example(client: &Client) -> Result<(), AppError> {
        #[child]
        let user = fetch_user(client, 1);
        let user = user.await;
        Ok(())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}
