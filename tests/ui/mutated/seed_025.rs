// errors: 1
// Seed 25: a text in place of 0.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group(boxed)]
    async fn walk(depth: u32) -> Result<(), AppError> {
        if depth > "7" {
            #[spawn]
            walk(depth - 1);
        }
        Ok(())
    }
    walk(3).await?;
    Ok(())
}

fn main() {}
