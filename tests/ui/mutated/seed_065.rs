// errors: 1
// Seed 65: an `.await` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    let wanted = true;
    let user = group!(async { if wanted { Ok(Some(fetch_user(&client, 1)?)) } else { Ok(None) } }).await?;
    Ok(())
}

fn main() {}

// The type of the error, which nothing else says, was missing in the example that it was made from.

// Applied:
// - let user = group!(async { if wanted { Ok(Some(fetch_user(&client, 1)?)) } else { Ok(None) } }).await?;
// +     let user = group!(async { if wanted { Ok::<_, AppError>(Some(fetch_user(&client, 1).await?)) } else { Ok(None) } }).await?;
