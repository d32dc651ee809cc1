// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group(boxed)]
fn run(client: &Client) -> std::pin::Pin<Box<dyn Future<Output = Result<(), AppError>> + '_>> {
    Box::pin(async move {
        #[child]
        heartbeat(client);
        Ok(())
    })
}

fn main() {}

// Applied:
// - #[task_group(boxed)]
// + #[task_group]
