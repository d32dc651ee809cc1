// errors: 2
// The mistake of `mutated/seed_062.rs`, without our macros.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let user = fetch_user(&client, 1).?;
    Ok(())
}

fn main() {}
