// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        thumb = move || render(&[]),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - thumb = move || render(&[]),
// + #[blocking]
// + thumb = move || render(&[]),

// Applied:
// - thumb = move || render(&[]),
// + thumb = async { render(&[]) },
