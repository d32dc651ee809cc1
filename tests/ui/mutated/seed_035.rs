// errors: 1
// Seed 35: an `.await` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        #[child]
        let user = fetch_user(client, 1);
        let user = user.await;
        println!("{}", user.name);
        Ok(())
    }
    example(&Client)?;
    Ok(())
}

fn main() {}

// Applied:
// - example(&Client)?;
// +     example(&Client).await?;
