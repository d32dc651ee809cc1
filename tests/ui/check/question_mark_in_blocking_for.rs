// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        #[blocking]
        for text in ["a", "b"] {
            let url = check(text)?;
            move || parse(url)
        },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - let url = check(text)?;
// + move || {
// + let url = check(text)?;
// - move || parse(url)
// + parse(url)
// + }

// Applied:
// - let url = check(text)?;
// + move || {
// + let url = check(text)?;
// - move || parse(url)
// + Ok::<_, AppError>(parse(url)?)
// + }
