// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[blocking]
        thumbs = for size in [1, 2] { async move { render(&[size]) } },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - thumbs = for size in [1, 2] { async move { render(&[size]) } },
// + thumbs = for size in [1, 2] { move || render(&[size]) },

// Applied:
// - #[blocking]
// + #[spawn]
