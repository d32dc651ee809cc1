// errors: 1
// Seed 62: `await` is dropped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        #[daemon]
        heartbeat(client);
        Ok(())
    }
    example(&Client).?;
    Ok(())
}

fn main() {}
