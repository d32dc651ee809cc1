// errors: 1
// Seed 79: a comma is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn dashboard() -> Result<() AppError> {
        Ok(())
    }
    dashboard().await?;
    Ok(())
}

fn main() {}
