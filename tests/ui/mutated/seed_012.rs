// errors: 1
// Seed 12: an `.await` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let posts = group!(
        #[spawn]
        posts = fetch_posts(client, 1)
    )
    ?;
    Ok(())
}

fn main() {}
