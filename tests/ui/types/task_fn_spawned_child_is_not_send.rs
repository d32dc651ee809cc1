// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

#[task_group]
async fn run(client: &Client) -> Result<(), AppError> {
    let posts = std::rc::Rc::new(1);
    #[spawn]
    let n = count_posts(posts);
    println!("{} {client:?}", n.await);
    Ok(())
}

fn main() {}
