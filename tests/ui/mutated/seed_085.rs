// errors: 1
// Seed 85: `let` is dropped.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    async fn example(client: &Client) -> Result<(), AppError> {
        #[child]
         both = async { Ok((1, 2)) };
        let (one, two) = both.await;
        Ok(())
    }
    example(&Client).await?;
    Ok(())
}

fn main() {}

// Applied:
// - both = async { Ok((1, 2)) };
// + let both = async { Ok((1, 2)) };
