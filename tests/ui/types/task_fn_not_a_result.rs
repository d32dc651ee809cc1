// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let n = count(client);
    println!("{}", n.await);
    Ok(())
}

fn main() {}

// Applied:
// - let n = count(client);
// + let n = taskgroup::ok(count(client));
