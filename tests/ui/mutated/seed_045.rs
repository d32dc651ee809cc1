// errors: 1
// Seed 45: a text in place of 1.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let posts = group!(
        #[spawn]
        fetch_posts(client, "7")
    )
    .await?;
    Ok(())
}

fn main() {}
