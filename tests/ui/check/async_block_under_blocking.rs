// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[blocking]
        thumb = async { render(&[]) },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - thumb = async { render(&[]) },
// + thumb = move || render(&[]),

// Applied:
// - #[blocking]
// + #[spawn]
