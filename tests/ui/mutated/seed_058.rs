// errors: 1
// Seed 58: an `.await` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        #[child]
        let user = fetch_user(client, 1);
        let user = user;
        println!("{}", user.name);
        Ok(())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}

// Applied:
// - let user = user;
// + let user = user.await;
