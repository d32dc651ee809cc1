// errors: 1
// The same: children_of_unknown_error.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    let _ = async { Ok(1) }.await;
    Ok(())
}

fn main() {}
