// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    let _ = group!(
        user = fetch_user(client, 1),
        for n in [1, 2] { Ok(n) },
    )
    .await?;
    Ok(())
}

fn main() {}

// Applied:
// - for n in [1, 2] { Ok(n) },
// + for n in [1, 2] { async move { Ok(n) } },

// Applied:
// - for n in [1, 2] { Ok(n) },
// + for n in [1, 2] { async move { Ok::<_, AppError>(n) } },
