// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    fn sum(n: u64) -> Result<u64, AppError> {
        Ok(n)
    }
    let _ = group!(
        #[blocking]
        one = | sum(1),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - one = | sum(1),
// +         one = || sum(1),
