// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    #[spawn]
    let page = move || find_page("a");
    println!("{}", page.await);
    Ok(())
}

fn main() {}

// Applied:
// - #[spawn]
// + #[blocking]

// Applied:
// - let page = move || find_page("a");
// + let page = async move { find_page("a") };
