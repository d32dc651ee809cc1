// errors: 1
// Seed 88: an `.await` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let wanted = true;
    let page = group!(async { if wanted { Ok(Some(fetch(&client, "a").await?)) } else { Ok(None) } })?;
    Ok(())
}

fn main() {}
