// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    async {
        fetch(client, "a").await?;
    };
    Ok(())
}

fn main() {}

// Applied:
// - fetch(client, "a").await?;
// + fetch(client, "a").await?;
// + Ok(())

// Applied:
// - fetch(client, "a").await?;
// + fetch(client, "a").await?;
// + Ok::<_, AppError>(())
