// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let n = async { 5 };
    println!("{}", n.await);
    Ok(())
}

fn main() {}

// Applied:
// - let n = async { 5 };
// + let n = async { Ok(5) };
