// errors: 1
use taskgroup::task_group;
use taskgroup_tests::app::*;

fn spawn(future: impl Future + Send + 'static) {
    drop(future);
}

async fn count_local(count: std::rc::Rc<usize>) -> Result<usize, AppError> {
    std::future::ready(()).await;
    Ok(*count)
}

#[task_group]
async fn run(client: Client) -> Result<(), AppError> {
    #[child]
    let n = count_local(std::rc::Rc::new(1));
    println!("{} {client:?}", n.await);
    Ok(())
}

fn main() {
    spawn(run(Client));
}
