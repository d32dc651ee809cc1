// errors: 1
#![deny(unused_must_use)]
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(for url in ["a", "b"] {
        find_page(url);
        fetch(client, url)
    })
    .await?;
    Ok(())
}

fn main() {
    drop(run(&Client));
}

// Applied:
// - find_page(url);
// +         let _ = find_page(url);
