// errors: 1
// Seed 107: a text in place of 1.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    async fn beat() -> Result<(), AppError> {
        Ok(())
    }
    let client = Client;
    let user = group!(
        user = fetch_user(&client, "7"),
        #[daemon]
        #[spawn]
        beat(),
    )
    .await?;
    Ok(())
}

fn main() {}
