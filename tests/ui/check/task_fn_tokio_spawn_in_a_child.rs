// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    async {
        tokio::task::spawn(fetch_posts(client.clone(), 1));
        Ok(())
    };
    Ok(())
}

fn main() {}

// Applied:
// - #[child]
// + #[spawn]
// + fetch_posts(client.clone(), 1);
// + #[child]
// - tokio::task::spawn(fetch_posts(client.clone(), 1));

// Applied:
// - #[task_group]
// + #[task_group(allow(detached))]
