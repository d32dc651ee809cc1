// errors: 3
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    fn sum(n: u64) -> Result<u64, AppError> {
        Ok(n)
    }
    let _ = group!(
        #[blocking]
        one = |move| sum(1),
        #[blocking]
        two = || move sum(2),
        #[blocking]
        three = move sum || (3),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - one = |move| sum(1),
// +         one = move || sum(1),
// - two = || move sum(2),
// +         two = move || sum(2),
// - three = move sum || (3),
// +         three = move || sum(3),
