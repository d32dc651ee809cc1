// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        (name, age) = fetch_pair(client),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - let _ = group!(
// + let (name, age) = group!(
// - (name, age) = fetch_pair(client),
// + fetch_pair(client),
// - Ok(())
// + println!("{name} {age}");
// + Ok(())
