// errors: 1
// Seed 52: an `Ok` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    #[task_group]
    #[tokio::main]
    async fn main() -> Result<(), AppError> {
        #[child]
        let user = fetch_user(&Client, 1);
        report(&user.await);
        (())
    }
    Ok(())
}

fn main() {}

// Applied:
// - (())
// +         Ok((()))
