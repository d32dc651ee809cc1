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
