// errors: 1
// Seed 48: a text in place of 3.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group(boxed)]
    async fn walk(depth: u32) -> Result<(), AppError> {
        if depth > 0 {
            #[spawn]
            walk(depth - 1);
        }
        Ok(())
    }
    walk("7").await?;
    Ok(())
}

fn main() {}
