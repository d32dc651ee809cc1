// errors: 1
// Seed 4: a number in place of "a".
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        let wanted = true;
        if wanted {
            #[child]
            fetch(client, 7);
        }
        Ok(())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}
