// errors: 1
// Seed 2: `Result` is dropped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> <(), AppError> {
        #[child]
        async {
            fetch(client, "a").await?;
            Ok(())
        };
        Ok(())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}
