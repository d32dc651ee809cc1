// errors: 1
// Seed 103: `|` and `render` are swapped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        #[blocking]
        | render | (&[1, 2]);
        Ok(())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}
