// errors: 1
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use taskgroup::group;
use taskgroup_tests::app::*;

async fn store(pages: Arc<RefCell<HashMap<String, String>>>, url: &'static str) -> Result<(), AppError> {
    let page = fetch_text(url).await?;
    pages.borrow_mut().insert(url.to_owned(), page);
    Ok(())
}

async fn run() -> Result<(), AppError> {
    let pages = Arc::new(RefCell::new(HashMap::new()));
    group!(
        #[spawn]
        for url in ["a", "b"] {
            store(pages.clone(), url)
        }
    )
    .await?;
    Ok(())
}

fn main() {}
