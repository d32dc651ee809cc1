// errors: 1
// Seed 15: an `Ok` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let client = Client;
    group!(async {
        fetch(&client, "a").await?;
        (())
    })
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - (())
// + Ok::<_, AppError>(())
