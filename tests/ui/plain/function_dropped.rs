// errors: 1
// The same: seed_099.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    (&Client).await?;
    Ok(())
}

fn main() {}
