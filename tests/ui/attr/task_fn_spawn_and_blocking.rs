// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[spawn]
    #[blocking]
    let page = || find_page("a");
    println!("{}", page.await);
    Ok(())
}

fn main() {}

// Applied:
// - #[spawn]
