// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        for size in [1, 2] { move || render(&[size]) },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - for size in [1, 2] { move || render(&[size]) },
// + #[blocking]
// + for size in [1, 2] { move || render(&[size]) },

// Applied:
// - for size in [1, 2] { move || render(&[size]) },
// + for size in [1, 2] { async move { render(&[size]) } },
