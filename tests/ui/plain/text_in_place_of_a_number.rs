// errors: 2
// The same: seed_098.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    async fn tick(_second: u64) -> Result<(), AppError> {
        Ok(())
    }
    for second in "7".. {
        tick(second).await?;
    }
    Ok(())
}

fn main() {}
