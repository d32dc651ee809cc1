// errors: 1
// The same: spawn_that_is_not_imported.
#![allow(unused)]
use taskgroup_documents::*;

async fn example() -> Result<(), AppError> {
    tokio::try_join!(spawn(fetch_posts(Client, 1)), fetch(&Client, "a"))?;
    Ok(())
}

fn main() {}
