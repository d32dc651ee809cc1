// errors: 3
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    fn sum(n: u64) -> Result<u64, AppError> {
        Ok(n)
    }
    let _ = group!(
        user fetch_user = (client, 1),
        page async = { fetch_user(client, 2).await },
        #[blocking]
        sum move = || sum(1),
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - user fetch_user = (client, 1),
// +         user = fetch_user(client, 1),
// - page async = { fetch_user(client, 2).await },
// +         page = async { fetch_user(client, 2).await },
// - sum move = || sum(1),
// +         sum = move || sum(1),
