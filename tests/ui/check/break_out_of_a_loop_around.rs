// errors: 1
use taskgroup::group;
use taskgroup_tests::app::*;

async fn run(client: &Client) -> Result<(), AppError> {
    'outside: for round in 0..3 {
        group!(for url in ["a", "b"] {
            if round == 1 {
                break 'outside;
            }
            fetch(client, url)
        })
        .await?;
    }
    Ok(())
}

fn main() {}

// Applied:
// - break 'outside;
// + return Err(AppError);
