// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    let mut n = 0;
    #[child]
    async {
        n += 1;
        heartbeat(client).await
    };
    #[child]
    async {
        n += 2;
        heartbeat(client).await
    };
    Ok(())
}

fn main() {}
