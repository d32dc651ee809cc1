// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[blocking]
        thumb = async move || render(&[]),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - thumb = async move || render(&[]),
// + thumb = move || render(&[]),
