// errors: 1
// Seed 17: a comma is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let user = group!(
        fetch_user(&client 1),
        #[daemon]
        heartbeat(&client),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - fetch_user(&client 1),
// + fetch_user(&client, 1),
