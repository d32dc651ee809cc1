// errors: 1
// Seed 42: an `.await` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let wanted = true;
    let user = group!(async { if wanted { Ok(Some(fetch_user(&client, 1).await?)) } else { Ok(None) } })?;
    Ok(())
}

fn main() {}
