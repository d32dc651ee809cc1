// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let pages = group!(
        #[stream]
        for url in ["a", "b"] { fetch(client, url) }
    )
    .await?;
    println!("{}", pages.len());
    Ok(())
}

fn main() {}

// Applied:
// - #[stream]
