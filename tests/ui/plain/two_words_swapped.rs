// errors: 2
// The same: seed_000.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = &Client;
    #[ fetch]
    allow (client, "a");
    Ok(())
}

fn main() {}
