// errors: 1
// The same: seed_008, seed_010, seed_013, seed_019, seed_056, seed_079, seed_102, seed_106.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<() AppError> {
    Ok(())
}

fn main() {}
