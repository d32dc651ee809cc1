// errors: 1
// Seed 33: a comma is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        #[child]
        let user = fetch_user(client 1);
        let user = user.await;
        report(&user);
        Ok(())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}

// Applied:
// - let user = fetch_user(client 1);
// +         let user = fetch_user(client, 1);
