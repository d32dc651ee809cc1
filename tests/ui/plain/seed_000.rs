// errors: 2
// The mistake of `mutated/seed_000.rs`, without our macros.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = &Client;
    #[ fetch]
    allow (client, "a");
    Ok(())
}

fn main() {}
