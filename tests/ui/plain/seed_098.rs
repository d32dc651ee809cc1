// errors: 2
// The mistake of `mutated/seed_098.rs`, without our macros.
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
