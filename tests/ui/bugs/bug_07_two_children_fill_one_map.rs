// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

use std::collections::HashMap;

async fn store(pages: &mut HashMap<String, String>, url: &str) -> Result<(), AppError> {
    pages.insert(url.to_owned(), fetch_text(url).await?);
    Ok(())
}

#[task_group]
async fn save(pages: &mut HashMap<String, String>) -> Result<(), AppError> {
    #[child]
    store(pages, "a");
    #[child]
    store(pages, "b");
    Ok(())
}

fn main() {}
