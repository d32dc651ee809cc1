// errors: 1
// Seed 14: `=` and `fetch_user` are swapped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    async fn beat() -> Result<(), AppError> {
        Ok(())
    }
    let client = Client;
    let user = group!(
        user  fetch_user = (&client, 1),
        #[daemon]
        #[spawn]
        beat(),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - user  fetch_user = (&client, 1),
// +         user = fetch_user(&client, 1),
