// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[child]
    let page = || find_page("a");
    println!("{} {client:?}", page.await);
    Ok(())
}

fn main() {}

// Applied:
// - #[child]
// + #[blocking]

// Applied:
// - let page = || find_page("a");
// + let page = async { find_page("a") };
