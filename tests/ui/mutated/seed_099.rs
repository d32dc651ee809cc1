// errors: 1
// Seed 99: `example` is dropped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        let wanted = true;
        if wanted {
            #[child]
            fetch(client, "a");
        }
        Ok(())
    }
    (&Client).await?;
    Ok(())
}

fn main() {}
