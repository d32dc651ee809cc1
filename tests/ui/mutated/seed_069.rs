// errors: 1
// Seed 69: `AppError` is dropped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let lengths = group!(for text in ["1", "2"] {
        async move { Ok::<_, >(text.len()) }
    })
    .await?;
    Ok(())
}

fn main() {}
