// errors: 2
// The same: seed_032, seed_062.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let user = fetch_user(&client, 1).?;
    Ok(())
}

fn main() {}
