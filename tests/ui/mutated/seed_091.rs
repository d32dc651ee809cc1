// errors: 1
// Seed 91: an `Ok` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        #[child]
        let page = fetch(client, "a");
        let pages = vec![page.await];
        drop(pages);
        (())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}

// Applied:
// - (())
// +         Ok((()))
