// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let (user, number) = group! {
        user = fetch_user(client, 1),
        blocking { parse("1") },
    }
    .await?;
    println!("{user:?} {number:?}");
    Ok(())
}

fn main() {}

// Applied:
// - blocking { parse("1") },
// + #[blocking]
// + move || { parse("1") },
