// errors: 1
// The same: seed_060.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let user  user = .await;
    Ok(())
}

fn main() {}
