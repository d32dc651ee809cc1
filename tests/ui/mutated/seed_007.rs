// errors: 1
// Seed 7: `fn` and `dashboard` are swapped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async  dashboard fn () -> Result<(), AppError> {
        Ok(())
    }
    dashboard().await?;
    Ok(())
}

fn main() {}
