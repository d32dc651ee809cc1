// errors: 1
// Seed 74: an `.await` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        #[child]
        async {
            fetch(client, "a")?;
            Ok(())
        };
        Ok(())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}

// Applied:
// - fetch(client, "a")?;
// +             fetch(client, "a").await?;
