// errors: 1
// Seed 39: `fn` is dropped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async  example(client: &Client) -> Result<(), AppError> {
        #[daemon]
        heartbeat(client);
        Ok(())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}
