// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    let url = String::new();
    #[blocking]
    let page = || find_page(&url);
    println!("{} {client:?}", page.await);
    Ok(())
}

fn main() {}
