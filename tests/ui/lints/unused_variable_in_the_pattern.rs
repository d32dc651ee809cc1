// errors: 1
#![deny(unused_variables)]
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(for (n, url) in ["a", "b"].into_iter().enumerate() { fetch(client, url) }).await?;
    Ok(())
}

fn main() {
    drop(run(&Client));
}

// Applied:
// - let _ = group!(for (n, url) in ["a", "b"].into_iter().enumerate() { fetch(client, url) }).await?;
// +     let _ = group!(for (_n, url) in ["a", "b"].into_iter().enumerate() { fetch(client, url) }).await?;
