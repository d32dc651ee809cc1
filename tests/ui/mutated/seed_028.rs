// errors: 1
// Seed 28: an `.await` is forgotten.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    async fn accept() -> Result<(), AppError> {
        Err(AppError::NotFound("a caller".to_owned()))
    }
    let served: Result<_, AppError> = group!(
        serve = async {
            loop {
                accept()?;
            }
        }
    )
    .await;
    assert!(served.is_err());
    Ok(())
}

fn main() {}

// Applied:
// - accept()?;
// +                 accept().await?;
