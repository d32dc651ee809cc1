// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[spawn]
        #[blocking]
        thumb = move || render(&[]),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - #[spawn]
